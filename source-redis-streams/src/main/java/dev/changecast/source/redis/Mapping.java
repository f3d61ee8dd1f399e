package dev.changecast.source.redis;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How entries become rows, as it was configured.
 *
 * @param columns besides {@code id}, the entry's own
 * @param key names of the columns that identify a row
 * @param operationField the field that says insert, update or delete; null when every entry is an insert
 * @param collectionField the field that names the collection; null when the stream does
 * @param collections which ones that field may name
 */
record Mapping(
        List<FieldColumn> columns,
        List<String> key,
        @Nullable String operationField,
        @Nullable String collectionField,
        List<String> collections,
        int entryBytes) {
    static final String ID = "id";

    private static final int MOST_ENTRY_BYTES = 16 << 20;

    Mapping {
        columns = List.copyOf(columns);
        key = List.copyOf(key);
        collections = List.copyOf(collections);
    }

    /** What is wrong with it. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        Set<String> names = new HashSet<>(Set.of(ID));
        for (FieldColumn column : columns) {
            if (!names.add(column.name())) {
                problems.add("columns has two with the name " + column.name()
                        + (column.name().equals(ID) ? ", which is that of the entry's own id" : "")
                        + ": give one another name, such as " + column.field() + " as other_" + column.name());
            }
        }
        for (String name : key) {
            if (!names.contains(name)) {
                problems.add("key names " + name + ", which is no column; the columns are " + String.join(", ", names));
            }
        }
        if (key.isEmpty()) {
            problems.add("key names no column; id, that of the entry, always identifies a row");
        }
        if (operationField != null && key.equals(List.of(ID))) {
            problems.add("operation needs a key: an entry's id is never that of another one's row, so nothing could be"
                    + " updated or deleted by it");
        }
        if ((collectionField == null) != collections.isEmpty()) {
            problems.add(
                    "collection_field and collections belong together: the field that names an entry's collection, and the"
                            + " names that it may have");
        }
        if (new HashSet<>(collections).size() < collections.size()) {
            problems.add("collections has a name twice");
        }
        if (entryBytes < 1024 || entryBytes > MOST_ENTRY_BYTES) {
            problems.add("entry_bytes is 1KiB to 16MiB, not " + entryBytes);
        }
        return problems;
    }
}
