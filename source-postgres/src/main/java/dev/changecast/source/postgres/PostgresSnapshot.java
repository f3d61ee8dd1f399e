package dev.changecast.source.postgres;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.ValueWriter;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Rows of a cursor. */
final class PostgresSnapshot implements Snapshot {
    /** How much is fetched at once: a client that takes rows slowly keeps the database waiting after each. */
    private static final long FETCHED_BYTES = 1024 * 1024;

    private static final int MAX_FETCHED_ROWS = 10_000;

    private final SnapshotConnection connection;
    private final ResultSet rows;
    private final RelationCatalog.Described table;
    private final SnapshotContents contents;
    private final byte[] @Nullable [] values;
    private final Row row = new TextRow();
    private long fetchedRows;
    private long fetchedBytes;

    PostgresSnapshot(
            SnapshotConnection connection, ResultSet rows, RelationCatalog.Described table, SnapshotContents contents) {
        this.connection = connection;
        this.rows = rows;
        this.table = table;
        this.contents = contents;
        values = new byte[table.types().size()][];
    }

    @Override
    public Relation relation() {
        return table.relation();
    }

    @Override
    public @Nullable Row next() throws SQLException {
        if (!connection.ask(rows::next)) {
            return null;
        }
        fetchedRows++;
        for (int i = 0; i < values.length; i++) {
            byte[] value = rows.getBytes(i + 1);
            values[i] = value;
            fetchedBytes += value == null ? 0 : value.length;
        }
        if (fetchedRows == rows.getFetchSize()) {
            rows.setFetchSize((int) Math.min(MAX_FETCHED_ROWS, 1 + FETCHED_BYTES * fetchedRows / (fetchedBytes + 1)));
            fetchedRows = 0;
            fetchedBytes = 0;
        }
        return row;
    }

    @Override
    public boolean contains(@Nullable String tx, Position position) {
        return contents.contains(tx, position);
    }

    @Override
    public boolean mayLackEarlier() {
        return contents.mayLackEarlier();
    }

    @Override
    public void close() {
        connection.close();
    }

    /** The present row of the cursor. */
    private final class TextRow implements Row {
        @Override
        public int size() {
            return values.length;
        }

        @Override
        public boolean isNull(int column) {
            return values[column] == null;
        }

        @Override
        public boolean isAbsent(int column) {
            return false;
        }

        @Override
        public void write(int column, ValueWriter to) {
            byte[] value = values[column];
            if (value == null) {
                to.nil();
            } else {
                table.types().get(column).format().write(value, 0, value.length, to);
            }
        }
    }
}
