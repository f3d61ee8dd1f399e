package dev.changecast.testing;

import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction of an {@link InMemorySource} does. What its changes tell of the rows before follows each
 * relation's {@link OldRow}, as a database's would.
 */
public final class InMemoryTransaction {
    /** One change, with the row it leaves behind in the table and the key of the row it takes away. */
    record Change(
            long minor,
            Relation relation,
            Operation operation,
            @Nullable Row after,
            @Nullable Row before,
            @Nullable List<@Nullable Object> put,
            @Nullable List<@Nullable Object> gone) {}

    private final InMemoryTables tables;
    private final List<Change> changes = new ArrayList<>();
    private long minor;

    InMemoryTransaction(InMemoryTables tables) {
        this.tables = tables;
    }

    List<Change> changes() {
        return changes;
    }

    /** @param values in the order of the columns; see {@link Row#of} */
    public InMemoryTransaction insert(Relation relation, @Nullable Object... values) {
        return add(relation, Operation.INSERT, Row.of(values), null, Arrays.asList(values.clone()), null);
    }

    /** The row that has this row's key becomes this row. A value that is {@link Row#ABSENT} stays as it is. */
    public InMemoryTransaction update(Relation relation, @Nullable Object... values) {
        return change(relation, keyOf(relation, values), false, values);
    }

    /** The row with this key, a relation's whole key or one column's, becomes this row, which has another key. */
    public InMemoryTransaction updateKey(Relation relation, Object oldKey, @Nullable Object... values) {
        return change(relation, oldKey instanceof List<?> list ? list : List.of(oldKey), true, values);
    }

    private InMemoryTransaction change(Relation relation, List<?> key, boolean keyChanges, @Nullable Object... values) {
        List<@Nullable Object> old = tables.row(relation, key);
        List<@Nullable Object> put = new ArrayList<>(Arrays.asList(values));
        for (int i = 0; i < put.size(); i++) {
            if (put.get(i) == Row.ABSENT) {
                put.set(i, old.get(i));
            }
        }
        Row before = relation.oldRow() == OldRow.FULL
                ? Row.of(old.toArray())
                : relation.oldRow() == OldRow.KEY && keyChanges ? keyAlone(relation, old) : null;
        return add(relation, Operation.UPDATE, Row.of(values), before, put, old);
    }

    /** @param key a relation's whole key, in its order */
    public InMemoryTransaction delete(Relation relation, Object... key) {
        List<@Nullable Object> old = tables.row(relation, List.of(key));
        Row before = switch (relation.oldRow()) {
            case FULL -> Row.of(old.toArray());
            case KEY -> keyAlone(relation, old);
            case NONE -> null;
        };
        return add(relation, Operation.DELETE, null, before, null, old);
    }

    public InMemoryTransaction truncate(Relation relation) {
        return add(relation, Operation.TRUNCATE, null, null, null, null);
    }

    /** Counts a change that the source does not give, as one of a table that is not captured. */
    public InMemoryTransaction skip() {
        minor += 2;
        return this;
    }

    private InMemoryTransaction add(
            Relation relation,
            Operation operation,
            @Nullable Row after,
            @Nullable Row before,
            @Nullable List<@Nullable Object> put,
            @Nullable List<@Nullable Object> gone) {
        minor += 2;
        Change change = new Change(minor, relation, operation, after, before, put, gone);
        changes.add(change);
        tables.apply(change);
        return this;
    }

    private static List<@Nullable Object> keyOf(Relation relation, @Nullable Object[] values) {
        List<@Nullable Object> key = new ArrayList<>();
        relation.key().forEach(index -> key.add(values[index]));
        return key;
    }

    private static Row keyAlone(Relation relation, List<@Nullable Object> row) {
        @Nullable Object[] values = new @Nullable Object[row.size()];
        Arrays.fill(values, Row.ABSENT);
        relation.key().forEach(index -> values[index] = row.get(index));
        return Row.of(values);
    }
}
