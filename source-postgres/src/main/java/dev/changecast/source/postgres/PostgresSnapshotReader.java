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
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Reads rows in a REPEATABLE READ transaction on one connection of the pool. The table is locked against changes of its
 * shape before the snapshot is taken, so that shape, rows and visibility belong to one state. Thread-safe.
 */
final class PostgresSnapshotReader implements SnapshotReader {
    /** How many rows are fetched first; then it goes by their size. */
    private static final int FETCH_SIZE = 100;

    private final PostgresOptions options;
    private final Jdbi jdbi;
    private final HandOver handOver;
    private final Set<SnapshotConnection> open = ConcurrentHashMap.newKeySet();

    PostgresSnapshotReader(PostgresOptions options, Jdbi jdbi, HandOver handOver) {
        this.options = options;
        this.jdbi = jdbi;
        this.handOver = handOver;
    }

    @Override
    public Snapshot open(SnapshotQuery query) {
        SnapshotConnection connection = null;
        try {
            handOver.requireStream();
            connection = SnapshotConnection.begin(jdbi.open(), open, options.snapshotSilence());
            return read(connection, query);
        } catch (Exception e) {
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

    private Snapshot read(SnapshotConnection connection, SnapshotQuery query) throws Exception {
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
            SnapshotContents contents = handOver.take(statement);
            RelationCatalog.Described table = handOver.find(handle, wanted.namespace(), wanted.name())
                    .orElseThrow(() -> new ChangecastException(
                            ErrorCode.UNKNOWN_COLLECTION, "there is no captured table " + wanted.qualifiedName()));
            ResultSet rows = connection.ask(() -> select(handle, query, table));
            return new PostgresSnapshot(connection, rows, table, contents);
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

    @Override
    public void raiseFence(String id) {
        try {
            handOver.raiseFence(id);
        } catch (Exception e) {
            throw SnapshotFailure.of(e, options);
        }
    }
}
