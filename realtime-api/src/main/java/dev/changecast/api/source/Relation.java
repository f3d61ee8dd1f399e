package dev.changecast.api.source;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a table, collection or stream at one moment. Equal relations have the same shape; when a shape changes
 * the source makes a new one. Make it once per shape, not once per change: the engine recognises it by identity first.
 *
 * @param namespace the schema or database; empty where the source has none
 * @param name the table's own name, unquoted
 * @param columns in the order of the rows' values
 * @param key indexes into {@code columns} that together identify a row; empty for a relation without a key
 * @param oldRow what its changes tell of the row before
 * @param remedy the statement that would make it tell more ({@code ALTER TABLE ... REPLICA IDENTITY FULL}), shown to
 *     people; null where there is none
 * @param identity tells it from another one of the same name: a table that was dropped and made again has other rows,
 *     even in the same shape. The same for every engine that reads the same history; null where the source cannot tell
 */
public record Relation(
        String namespace,
        String name,
        List<Column> columns,
        List<Integer> key,
        OldRow oldRow,
        @Nullable String remedy,
        @Nullable String identity) {

    /** A relation that is known by its name alone. */
    public Relation(
            String namespace,
            String name,
            List<Column> columns,
            List<Integer> key,
            OldRow oldRow,
            @Nullable String remedy) {
        this(namespace, name, columns, key, oldRow, remedy, null);
    }

    public Relation {
        columns = List.copyOf(columns);
        key = List.copyOf(key);
        Set<String> names = new HashSet<>();
        for (Column column : columns) {
            if (!names.add(column.name())) {
                throw new IllegalArgumentException("column " + column.name() + " appears twice in " + name);
            }
        }
        for (int index : key) {
            if (index < 0 || index >= columns.size()) {
                throw new IllegalArgumentException("key index " + index + " is not one of the columns of " + name);
            }
        }
    }

    /** {@code namespace.name}, or the name alone where there is no namespace. */
    public String qualifiedName() {
        return namespace.isEmpty() ? name : namespace + "." + name;
    }

    /** The index of the column with this name, or -1. */
    public int indexOf(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(column)) {
                return i;
            }
        }
        return -1;
    }

    public boolean isKey(int column) {
        return key.contains(column);
    }
}
