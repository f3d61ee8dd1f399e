package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.source.ValueType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows in a REPEATABLE READ transaction on one connection of the pool. The table is locked against changes of its
 * shape before the snapshot is taken, so that shape, rows and visibility belong to one state. Thread-safe.
 */
final class PostgresSnapshotReader implements SnapshotReader {
    /** How many rows are fetched first; then it goes by their size. */
    private static final int FETCH_SIZE = 100;

    private static final String SYSTEM = """
            SELECT pg_current_snapshot()::text, pg_is_in_recovery(), (pg_control_system()).system_identifier::text,
                   (SELECT oid::int8 FROM pg_database WHERE datname = current_database())""";

    private final PostgresOptions options;
    private final Jdbi jdbi;
    private final RelationCatalog relations;
    private final Supplier<@Nullable ServerIdentity> captured;
    private final Set<SnapshotConnection> open = ConcurrentHashMap.newKeySet();

    /** @param captured which history the stream reads; null while there is no stream */
    PostgresSnapshotReader(
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
    public Snapshot open(SnapshotQuery query) {
        ServerIdentity stream = captured.get();
        if (stream == null) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE, "no snapshot while nothing is captured from " + options.address());
        }
        SnapshotConnection connection = null;
        try {
            connection = SnapshotConnection.begin(jdbi.open(), open, options.snapshotSilence());
            return read(connection, query, stream);
        } catch (SQLException | RuntimeException e) {
            if (connection != null) {
                connection.close();
            }
            throw SnapshotFailure.of(e, options);
        }
    }

    /**
     * The stream has ended. What ended it may have swallowed the connections of snapshots, too: those that wait for an
     * answer for longer than a heartbeat end.
     */
    void endSilent() {
        open.forEach(connection -> connection.giveUp(options.heartbeat()));
    }

    private Snapshot read(SnapshotConnection connection, SnapshotQuery query, ServerIdentity stream)
            throws SQLException {
        Relation wanted = query.relation();
        Handle handle = connection.handle();
        try (Statement statement = handle.getConnection().createStatement()) {
            statement.execute("SET LOCAL lock_timeout = '5s'");
            // Rows that the role may not see would be missing without a word.
            statement.execute("SET LOCAL row_security = off");
            for (String setting : SessionSettings.OUTPUT) {
                statement.execute("SET LOCAL " + setting);
            }
            // Does not take the snapshot yet. Without ONLY, as it locks the partitions, too.
            statement.execute(
                    "LOCK TABLE " + Identifiers.quoted(wanted.namespace(), wanted.name()) + " IN ACCESS SHARE MODE");
            SnapshotVisibility visibility = visibility(statement, stream);
            RelationCatalog.Described table = relations
                    .find(handle, wanted.namespace(), wanted.name())
                    .orElseThrow(() -> new ChangecastException(
                            ErrorCode.UNKNOWN_COLLECTION, "there is no published table " + wanted.qualifiedName()));
            ResultSet rows = connection.ask(() -> select(handle, query, table));
            return new PostgresSnapshot(connection, rows, table, visibility);
        }
    }

    private SnapshotVisibility visibility(Statement statement, ServerIdentity stream) throws SQLException {
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
            return SnapshotVisibility.parse(row.getString(1));
        }
    }

    private static ResultSet select(Handle handle, SnapshotQuery query, RelationCatalog.Described table)
            throws SQLException {
        Relation relation = table.relation();
        String rowFilter = table.rowFilter();
        if (rowFilter != null && rowFilter.contains("?")) {
            throw new ChangecastException(
                    ErrorCode.UNSUPPORTED,
                    "the publication's condition for " + relation.qualifiedName()
                            + " has a question mark, which would be taken for a parameter: " + rowFilter);
        }
        FilterSql filter = new FilterSql(query.filter(), table);
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < relation.columns().size(); i++) {
            columns.add(
                    ColumnSql.output(relation.columns().get(i), table.types().get(i)));
        }
        // Tables that inherit are told as tables of their own.
        String sql = "SELECT " + String.join(", ", columns) + " FROM " + (table.partitioned() ? "" : "ONLY ")
                + Identifiers.quoted(relation.namespace(), relation.name()) + " WHERE " + filter.condition()
                + (rowFilter == null ? "" : " AND (" + rowFilter + ")")
                + order(query, relation)
                + (query.limit() == 0 ? "" : " LIMIT " + query.limit());
        PreparedStatement statement = handle.getConnection().prepareStatement(sql);
        statement.setFetchSize(query.limit() == 0 ? FETCH_SIZE : Math.min(FETCH_SIZE, query.limit()));
        for (int i = 0; i < filter.parameters().size(); i++) {
            statement.setString(i + 1, filter.parameters().get(i));
        }
        return statement.executeQuery();
    }

    private static String order(SnapshotQuery query, Relation relation) {
        if (query.orderBy().isEmpty()) {
            return "";
        }
        return query.orderBy().stream()
                .map(order -> {
                    int index = relation.indexOf(order.column());
                    if (index < 0) {
                        throw new ChangecastException(
                                ErrorCode.UNKNOWN_COLUMN,
                                "there is no column " + order.column() + " in " + relation.qualifiedName());
                    }
                    Column column = relation.columns().get(index);
                    boolean bytes = column.valueType() == ValueType.TEXT;
                    // A bare name would be that of the output, which is text whatever the column's type is.
                    return Identifiers.quoted(relation.name()) + "." + ColumnSql.name(column)
                            + (bytes ? "::text COLLATE \"C\"" : "")
                            + (order.descending() ? " DESC" : "");
                })
                .collect(Collectors.joining(", ", " ORDER BY ", ""));
    }

    /** A committed message: whatever had been committed before comes before it in the stream. */
    @Override
    public void raiseFence(String id) {
        try {
            jdbi.useTransaction(handle -> {
                // Sent once it is on disk here: neither later, as with "off", nor when some standby has it.
                handle.execute("SET LOCAL synchronous_commit = 'local'");
                handle.createQuery("SELECT pg_logical_emit_message(true, :prefix, :id)::text")
                        .bind("prefix", PgOutputDecoder.FENCE)
                        .bind("id", id)
                        .mapTo(String.class)
                        .one();
            });
        } catch (RuntimeException e) {
            throw SnapshotFailure.of(e, options);
        }
    }
}
