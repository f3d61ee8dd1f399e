package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Position;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/** A snapshot knows which transactions it sees; a fence is a message in the stream. */
final class LogicalHandOver implements HandOver {
    private static final String SYSTEM = """
            SELECT pg_current_snapshot()::text, pg_is_in_recovery(), (pg_control_system()).system_identifier::text,
                   (SELECT oid::int8 FROM pg_database WHERE datname = current_database())""";

    private final PostgresOptions options;
    private final Jdbi jdbi;
    private final RelationCatalog relations;
    private final Supplier<@Nullable ServerIdentity> captured;

    /** @param captured which history the stream reads; null while there is no stream */
    LogicalHandOver(
            PostgresOptions options,
            Jdbi jdbi,
            RelationCatalog relations,
            Supplier<@Nullable ServerIdentity> captured) {
        this.options = options;
        this.jdbi = jdbi;
        this.relations = relations;
        this.captured = captured;
    }

    @Override
    public void requireStream() {
        stream();
    }

    private ServerIdentity stream() {
        ServerIdentity stream = captured.get();
        if (stream == null) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE, "no snapshot while nothing is captured from " + options.address());
        }
        return stream;
    }

    @Override
    public SnapshotContents take(Statement statement) throws SQLException {
        ServerIdentity stream = stream();
        try (ResultSet row = statement.executeQuery(SYSTEM)) {
            row.next();
            if (row.getBoolean(2)) {
                throw new ChangecastException(
                        ErrorCode.SOURCE_UNAVAILABLE,
                        "the pool leads to a standby, where a snapshot cannot tell what it holds: it has to lead to the"
                                + " primary");
            }
            if (!row.getString(3).equals(stream.system()) || row.getLong(4) != stream.database()) {
                throw new ChangecastException(
                        ErrorCode.SOURCE_UNAVAILABLE,
                        "the pool leads to another database than the one at " + options.address()
                                + " that changes are read from");
            }
            return new Contents(SnapshotVisibility.parse(row.getString(1)));
        }
    }

    @Override
    public Optional<RelationCatalog.Described> find(Handle handle, String schema, String table) {
        return relations.find(handle, schema, table);
    }

    /** A committed message: whatever had been committed before comes before it in the stream. */
    @Override
    public void raiseFence(String id) {
        jdbi.useTransaction(handle -> {
            // Sent once it is on disk here: neither later, as with "off", nor when some standby has it.
            handle.execute("SET LOCAL synchronous_commit = 'local'");
            handle.createQuery("SELECT pg_logical_emit_message(true, :prefix, :id)::text")
                    .bind("prefix", PgOutputDecoder.FENCE)
                    .bind("id", id)
                    .mapTo(String.class)
                    .one();
        });
    }

    /** A commit is in the stream before a snapshot sees it. */
    private record Contents(SnapshotVisibility visibility) implements SnapshotContents {
        @Override
        public boolean contains(@Nullable String tx, Position position) {
            return tx != null && visibility.contains(Long.parseLong(tx));
        }

        @Override
        public boolean mayLackEarlier() {
            return true;
        }
    }
}
