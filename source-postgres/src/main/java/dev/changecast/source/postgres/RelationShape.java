package dev.changecast.source.postgres;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A table's shape, from a Relation message or from the catalog: both make the same {@link Relation} of it. Its identity is
 * the table's number, which one that is made again under its name does not have.
 *
 * @param oid of the table
 * @param replicaIdentity {@code pg_class.relreplident}: d(efault), n(othing), f(ull), i(ndex)
 */
record RelationShape(long oid, String namespace, String name, char replicaIdentity, List<ShapeColumn> columns) {
    static final char FULL = 'f';

    /** Types whose modifier says how long a value may be, and nothing about what it looks like. */
    private static final Set<String> LENGTHS = Set.of("varchar", "varbit");

    /**
     * @param modifier of the type, as in {@code atttypmod}; -1 for none
     * @param identity whether it belongs to the replica identity; with FULL all columns do
     */
    record ShapeColumn(String name, long type, int modifier, boolean identity) {}

    /** @param primaryKey the names of the primary key's columns, which the stream does not tell with FULL */
    Relation relation(TypeCatalog types, Set<String> primaryKey) {
        types.load(columns.stream().map(ShapeColumn::type).toList());
        boolean full = replicaIdentity == FULL;
        List<Column> described = new ArrayList<>();
        List<Integer> key = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            ShapeColumn column = columns.get(i);
            PgType type = types.type(column.type);
            String modifier = column.modifier < 0 || LENGTHS.contains(type.name()) ? null : "" + column.modifier;
            described.add(new Column(column.name, type.name(), type.valueType(), modifier));
            if (full ? primaryKey.contains(column.name) : column.identity) {
                key.add(i);
            }
        }
        OldRow oldRow = full ? OldRow.FULL : key.isEmpty() ? OldRow.NONE : OldRow.KEY;
        return new Relation(
                namespace,
                name,
                described,
                key,
                oldRow,
                full ? null : Identifiers.identityFull(namespace, name),
                Long.toString(oid));
    }
}
