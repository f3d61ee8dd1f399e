package dev.changecast.source.postgres;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.ValueWriter;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Rows of a cursor. */
final class PostgresSnapshot implements Snapshot {
    private final Handle handle;
    private final ResultSet rows;
    private final RelationCatalog.Described table;
    private final SnapshotVisibility visibility;
    private final byte[] @Nullable [] values;
    private final Row row = new TextRow();
    private boolean closed;

    PostgresSnapshot(Handle handle, ResultSet rows, RelationCatalog.Described table, SnapshotVisibility visibility) {
        this.handle = handle;
        this.rows = rows;
        this.table = table;
        this.visibility = visibility;
        values = new byte[table.types().size()][];
    }

    @Override
    public Relation relation() {
        return table.relation();
    }

    @Override
    public @Nullable Row next() throws SQLException {
        if (!rows.next()) {
            return null;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = rows.getBytes(i + 1);
        }
        return row;
    }

    @Override
    public boolean contains(@Nullable String tx, Position position) {
        return tx != null && visibility.contains(Long.parseLong(tx));
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            end(handle);
        }
    }

    /** Ends the transaction, whatever has become of it, and gives the connection back. */
    static void end(Handle handle) {
        try (handle) {
            handle.rollback();
        } catch (RuntimeException connectionLost) {
            // There is nothing to give back.
        }
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
