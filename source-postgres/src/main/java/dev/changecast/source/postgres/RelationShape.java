package dev.changecast.source.postgres;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A table's shape, from a Relation message or from the catalog: both make the same {@link Relation} of it.
 *
 * @param replicaIdentity {@code pg_class.relreplident}: d(efault), n(othing), f(ull), i(ndex)
 */
record RelationShape(String namespace, String name, char replicaIdentity, List<ShapeColumn> columns) {
    static final char FULL = 'f';

    /** @param identity whether it belongs to the replica identity; with FULL all columns do */
    record ShapeColumn(String name, long type, boolean identity) {}

    /** @param primaryKey the names of the primary key's columns, which the stream does not tell with FULL */
    Relation relation(TypeCatalog types, Set<String> primaryKey) {
        types.load(columns.stream().map(ShapeColumn::type).toList());
        boolean full = replicaIdentity == FULL;
        List<Column> described = new ArrayList<>();
        List<Integer> key = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            ShapeColumn column = columns.get(i);
            PgType type = types.type(column.type);
            described.add(new Column(column.name, type.name(), type.valueType()));
            if (full ? primaryKey.contains(column.name) : column.identity) {
                key.add(i);
            }
        }
        OldRow oldRow = full ? OldRow.FULL : key.isEmpty() ? OldRow.NONE : OldRow.KEY;
        return new Relation(
                namespace, name, described, key, oldRow, full ? null : Identifiers.identityFull(namespace, name));
    }
}
