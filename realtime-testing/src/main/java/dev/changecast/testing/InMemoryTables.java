package dev.changecast.testing;

import dev.changecast.api.source.Relation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of some relations, by key; of equal rows without a key it holds one. Not thread-safe. */
final class InMemoryTables {
    private final Map<String, Map<List<?>, List<@Nullable Object>>> tables = new LinkedHashMap<>();

    /** The row with this key; throws when there is none. */
    List<@Nullable Object> row(Relation relation, List<?> key) {
        List<@Nullable Object> row = table(relation).get(key);
        if (row == null) {
            throw new IllegalArgumentException(relation.qualifiedName() + " has no row " + key);
        }
        return row;
    }

    List<List<@Nullable Object>> rows(Relation relation) {
        return new ArrayList<>(table(relation).values());
    }

    void apply(InMemoryTransaction.Change change) {
        Map<List<?>, List<@Nullable Object>> table = table(change.relation());
        if (change.operation() == dev.changecast.api.source.Operation.TRUNCATE) {
            table.clear();
        }
        if (change.gone() != null) {
            table.remove(keyOf(change.relation(), change.gone()));
        }
        if (change.put() != null) {
            List<?> key = keyOf(change.relation(), change.put());
            if (table.put(key, change.put()) != null && !change.relation().key().isEmpty()) {
                throw new IllegalArgumentException(
                        change.relation().qualifiedName() + " has a row " + key + " already");
            }
        }
    }

    private Map<List<?>, List<@Nullable Object>> table(Relation relation) {
        return tables.computeIfAbsent(relation.qualifiedName(), name -> new LinkedHashMap<>());
    }

    /** The values of the key; of all columns where there is none. */
    private static List<?> keyOf(Relation relation, List<@Nullable Object> row) {
        if (relation.key().isEmpty()) {
            return row;
        }
        List<@Nullable Object> key = new ArrayList<>();
        relation.key().forEach(index -> key.add(row.get(index)));
        return key;
    }
}
