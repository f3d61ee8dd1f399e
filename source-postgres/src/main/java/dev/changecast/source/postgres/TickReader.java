package dev.changecast.source.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Reads ticks, and what lies between them. One thread. */
final class TickReader {
    private static final int FETCHED_ROWS = 256;
    private static final int TICKS_AT_ONCE = 100;
    private static final String TICK =
            "t.id, t.snapshot::text, (extract(epoch FROM t.made) * 1000000)::int8, t.changed";

    /** What the tick before does not see is what was running then, and what began later. */
    private static final String BATCH = """
            SELECT c.id, c.relation::int8, c.operation::text, c.old_row, c.new_row FROM changecast.change c
            WHERE (c.xid >= ?::xid8 OR c.xid = ANY (?::xid8[])) AND c.xid < ?::xid8
              AND pg_visible_in_snapshot(c.xid, ?::pg_snapshot)
            ORDER BY c.id""";

    private final Connection connection;

    /** @param connection in autocommit mode */
    TickReader(Connection connection) {
        this.connection = connection;
    }

    /** Takes the changes of a batch. */
    interface Receiver {
        /**
         * @param old the row's text as it was; null when there was none
         * @param row the row's text as it is; null when there is none
         */
        void change(long id, long relation, char operation, byte @Nullable [] old, byte @Nullable [] row)
                throws Exception;
    }

    /** Null when there is no such tick. */
    @Nullable
    Tick tick(long id) throws SQLException {
        List<Tick> found = ticks("SELECT " + TICK + " FROM changecast.tick t WHERE t.id = ?", id);
        return found.isEmpty() ? null : found.get(0);
    }

    /** The newest one; null when there is none. */
    @Nullable
    Tick last() throws SQLException {
        List<Tick> found =
                ticks("SELECT " + TICK + " FROM changecast.tick t WHERE t.id > ? ORDER BY t.id DESC LIMIT 1", 0);
        return found.isEmpty() ? null : found.get(0);
    }

    /** Some of those that come after this one, in their order. */
    List<Tick> after(long id) throws SQLException {
        return ticks(
                "SELECT " + TICK + " FROM changecast.tick t WHERE t.id > ? ORDER BY t.id LIMIT " + TICKS_AT_ONCE, id);
    }

    private List<Tick> ticks(String sql, long parameter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, parameter);
            try (ResultSet row = statement.executeQuery()) {
                List<Tick> ticks = new ArrayList<>();
                while (row.next()) {
                    String snapshot = row.getString(2);
                    ticks.add(new Tick(
                            row.getLong(1),
                            SnapshotVisibility.parse(snapshot),
                            snapshot,
                            row.getLong(3),
                            row.getBoolean(4)));
                }
                return ticks;
            }
        }
    }

    /** Reads a batch in the order in which it was written, some rows at a time. */
    void read(Tick previous, Tick tick, Receiver receiver) throws Exception {
        connection.setAutoCommit(false);
        try (PreparedStatement statement = connection.prepareStatement(BATCH)) {
            statement.setFetchSize(FETCHED_ROWS);
            statement.setString(1, Long.toString(previous.snapshot().next()));
            statement.setString(
                    2,
                    LongStream.of(previous.snapshot().running())
                            .mapToObj(Long::toString)
                            .collect(Collectors.joining(",", "{", "}")));
            statement.setString(3, Long.toString(tick.snapshot().next()));
            statement.setString(4, tick.snapshotText());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    receiver.change(
                            row.getLong(1),
                            row.getLong(2),
                            row.getString(3).charAt(0),
                            row.getBytes(4),
                            row.getBytes(5));
                }
            }
            connection.commit();
        } finally {
            if (!connection.isClosed()) {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }
}
