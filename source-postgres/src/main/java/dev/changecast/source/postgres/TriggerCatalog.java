package dev.changecast.source.postgres;

import dev.changecast.api.source.Relation;
import dev.changecast.source.postgres.RelationShape.ShapeColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Tables that have the triggers, in the shape in which their changes are told, read from the catalog. Thread-safe. */
final class TriggerCatalog {
    private static final String QUERY = """
            SELECT v.relation::int8, v.namespace, v.name, v.columns, v.types::int8[], v.modifiers, v.key, v.triggered,
                   coalesce((SELECT s.generation FROM changecast.shape s WHERE s.relation = v.relation
                             ORDER BY s.tick DESC LIMIT 1), 0) AS generation,
                   v.partitioned, v.whole, v.always
            FROM changecast.captured v
            WHERE v.relation = v.root AND (CAST(:schema AS text) IS NULL OR v.namespace = :schema AND v.name = :table)
            ORDER BY v.namespace, v.name""";

    /** A relation with the types of its columns. */
    record Shaped(Relation relation, List<PgType> types) {}

    /**
     * @param whole whether all that is written to it, or to a partition of it, is captured
     * @param always whether also what is written with {@code session_replication_role = replica} is
     */
    record Captured(long oid, RelationCatalog.Described described, boolean whole, boolean always) {}

    private final TypeCatalog types;
    private final PostgresOptions options;

    TriggerCatalog(TypeCatalog types, PostgresOptions options) {
        this.types = types;
        this.options = options;
    }

    /** Those that the configuration means; of a name only, when one is given. */
    List<Captured> read(Handle handle, @Nullable String schema, @Nullable String table) {
        List<Captured> found = new ArrayList<>();
        handle.createQuery(QUERY)
                .bind("schema", schema)
                .bind("table", table)
                .map((row, context) -> {
                    List<Long> oids = List.of((Long[]) row.getArray(5).getArray());
                    types.load(oids.stream().filter(oid -> oid != 0).toList(), handle);
                    Shaped shaped = shaped(
                            types,
                            row.getLong(1),
                            row.getString(2),
                            row.getString(3),
                            List.of((String[]) row.getArray(4).getArray()),
                            oids,
                            List.of((Integer[]) row.getArray(6).getArray()),
                            List.of((String[]) row.getArray(7).getArray()),
                            row.getString(8) + "." + row.getLong(9));
                    return new Captured(
                            row.getLong(1),
                            new RelationCatalog.Described(shaped.relation, shaped.types, row.getBoolean(10), null),
                            row.getBoolean(11),
                            row.getBoolean(12));
                })
                .filter(captured -> options.matches(
                        captured.described.relation().namespace(),
                        captured.described.relation().name()))
                .forEach(found::add);
        return found;
    }

    /**
     * Makes a relation.
     *
     * @param oids of the columns' types; 0 for a column that triggers do not see
     * @param since which trigger it is, and since when: a table whose changes were not captured for a while is another one
     */
    static Shaped shaped(
            TypeCatalog types,
            long oid,
            String namespace,
            String name,
            List<String> columns,
            List<Long> oids,
            List<Integer> modifiers,
            List<String> key,
            String since) {
        List<ShapeColumn> shapeColumns = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            if (oids.get(i) != 0) {
                shapeColumns.add(new ShapeColumn(columns.get(i), oids.get(i), modifiers.get(i), false));
            }
        }
        Relation relation = new RelationShape(oid, namespace, name, RelationShape.FULL, shapeColumns)
                .relation(types, Set.copyOf(key));
        List<PgType> columnTypes =
                shapeColumns.stream().map(column -> types.type(column.type())).toList();
        return new Shaped(
                new Relation(
                        relation.namespace(),
                        relation.name(),
                        relation.columns(),
                        relation.key(),
                        relation.oldRow(),
                        null,
                        oid + "." + since),
                columnTypes);
    }
}
