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
import org.jspecify.annotations.Nullable;

/** A snapshot is a tick: it holds the batches up to that one, and nothing of the next. */
final class TriggerHandOver implements HandOver {
    private static final String SNAPSHOT = """
            SELECT pg_current_snapshot()::text, pg_is_in_recovery(), (SELECT id::text FROM changecast.installation)""";

    private final PostgresOptions options;
    private final TriggerCatalog catalog;
    private final Supplier<@Nullable TriggerCapture> run;

    /** @param run the present one; null when there is none */
    TriggerHandOver(PostgresOptions options, TriggerCatalog catalog, Supplier<@Nullable TriggerCapture> run) {
        this.options = options;
        this.catalog = catalog;
        this.run = run;
    }

    @Override
    public void requireStream() {
        capture();
    }

    private TriggerCapture capture() {
        TriggerCapture capture = run.get();
        if (capture == null || capture.installation() == null) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE, "no snapshot while nothing is captured from " + options.address());
        }
        return capture;
    }

    @Override
    public SnapshotContents take(Statement statement) throws Exception {
        TriggerCapture capture = capture();
        return new Contents(capture.snapshot(() -> snapshot(statement, capture)));
    }

    private String snapshot(Statement statement, TriggerCapture capture) throws SQLException {
        Installation installation = capture.installation();
        try (ResultSet row = statement.executeQuery(SNAPSHOT)) {
            row.next();
            if (row.getBoolean(2)) {
                throw new ChangecastException(
                        ErrorCode.SOURCE_UNAVAILABLE,
                        "the pool leads to a standby, where a snapshot cannot tell what it holds: it has to lead to the"
                                + " primary");
            }
            if (installation == null || !installation.id().equals(row.getString(3))) {
                throw new ChangecastException(
                        ErrorCode.SOURCE_UNAVAILABLE,
                        "the pool leads to another database than the one at " + options.address()
                                + " that changes are read from");
            }
            return row.getString(1);
        }
    }

    @Override
    public Optional<RelationCatalog.Described> find(Handle handle, String schema, String table) {
        return catalog.read(handle, schema, table).stream()
                .filter(TriggerCatalog.Captured::whole)
                .map(TriggerCatalog.Captured::described)
                .findFirst();
    }

    @Override
    public void raiseFence(String id) throws SQLException {
        capture().raiseFence(id);
    }

    private record Contents(long tick) implements SnapshotContents {
        @Override
        public boolean contains(@Nullable String tx, Position position) {
            return position.major() <= tick;
        }

        /** What was given before is of earlier ticks, which each later one sees. */
        @Override
        public boolean mayLackEarlier() {
            return false;
        }
    }
}
