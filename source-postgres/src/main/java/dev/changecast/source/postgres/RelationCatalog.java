package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Relation;
import dev.changecast.source.postgres.RelationShape.ShapeColumn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Published tables in the shape in which the stream tells them, read from the catalog. Thread-safe. */
final class RelationCatalog {
    /**
     * Column lists are told by {@code attnames}, from PostgreSQL 15 on. It names generated columns too, which are not sent
     * before PostgreSQL 18, whatever it says.
     */
    private static final String QUERY = """
            SELECT c.oid::int8, n.nspname, c.relname, c.relreplident::text, a.attname, a.atttypid::int8,
                   EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
                       AND (c.relreplident = 'd' AND i.indisprimary OR c.relreplident = 'i' AND i.indisreplident)
                       AND a.attnum = ANY ((i.indkey::int2[])[0 : i.indnkeyatts - 1])) AS in_identity,
                   EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary
                       AND a.attnum = ANY ((i.indkey::int2[])[0 : i.indnkeyatts - 1])) AS in_primary_key,
                   c.relkind = 'p' AS partitioned, p.row_filter, a.atttypmod
            FROM (SELECT schemaname, tablename, to_jsonb(p) -> 'attnames' AS sent,
                         to_jsonb(p) ->> 'rowfilter' AS row_filter
                  FROM pg_publication_tables p WHERE pubname = :publication) p
            JOIN pg_namespace n ON n.nspname = p.schemaname
            JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE (a.attgenerated = '' OR current_setting('server_version_num')::int >= 180000)
              AND (p.sent IS NULL OR p.sent = 'null' OR p.sent @> to_jsonb(a.attname::text))
              AND (CAST(:schema AS text) IS NULL OR n.nspname = :schema AND c.relname = :table)
            ORDER BY n.nspname, c.relname, c.oid, a.attnum""";

    private static final String IDENTITY = """
            SELECT (pg_control_system()).system_identifier || '/' || oid FROM pg_database WHERE datname = current_database()""";

    /**
     * @param types of the columns
     * @param partitioned whether its rows are in its partitions
     * @param rowFilter the condition, in SQL, under which the publication sends its rows; null for all
     */
    record Described(
            Relation relation,
            List<PgType> types,
            boolean partitioned,
            @Nullable String rowFilter) {}

    private final Database database;
    private final TypeCatalog types;
    private final PostgresOptions options;

    RelationCatalog(Database database, TypeCatalog types, PostgresOptions options) {
        this.database = database;
        this.types = types;
        this.options = options;
    }

    /**
     * All published tables that the configuration means.
     *
     * @param captured which database they have to be of; null while nothing is captured
     */
    List<Relation> relations(@Nullable ServerIdentity captured) {
        return database.jdbi().withHandle(handle -> {
            if (captured != null) {
                requireSame(handle, captured);
            }
            return read(handle, null, null).stream().map(Described::relation).toList();
        });
    }

    private static void requireSame(Handle handle, ServerIdentity captured) {
        String here = handle.createQuery(IDENTITY).mapTo(String.class).one();
        if (!here.equals(captured.system() + "/" + captured.database())) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE,
                    "the pool leads to another database than the one that changes are read from");
        }
    }

    /** One of them, over a connection that is already in use. */
    Optional<Described> find(Handle handle, String schema, String table) {
        return read(handle, schema, table).stream().findFirst();
    }

    private List<Described> read(Handle handle, @Nullable String schema, @Nullable String table) {
        Map<Long, List<Attribute>> tables = new LinkedHashMap<>();
        handle.createQuery(QUERY)
                .bind("publication", options.publication())
                .bind("schema", schema)
                .bind("table", table)
                .map((row, context) -> new Attribute(
                        row.getLong(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4).charAt(0),
                        new ShapeColumn(row.getString(5), row.getLong(6), row.getInt(11), row.getBoolean(7)),
                        row.getBoolean(8),
                        row.getBoolean(9),
                        row.getString(10)))
                .filter(attribute -> options.matches(attribute.schema, attribute.table))
                .forEach(attribute -> tables.computeIfAbsent(attribute.relation, oid -> new ArrayList<>())
                        .add(attribute));
        List<Long> oids = tables.values().stream()
                .flatMap(List::stream)
                .map(attribute -> attribute.column.type())
                .distinct()
                .toList();
        types.load(oids, handle);
        return tables.values().stream().map(this::described).toList();
    }

    private Described described(List<Attribute> attributes) {
        Attribute first = attributes.get(0);
        Set<String> primaryKey = new HashSet<>();
        attributes.stream()
                .filter(Attribute::inPrimaryKey)
                .forEach(attribute -> primaryKey.add(attribute.column.name()));
        List<ShapeColumn> columns = attributes.stream().map(Attribute::column).toList();
        Relation relation = new RelationShape(first.relation, first.schema, first.table, first.replicaIdentity, columns)
                .relation(types, primaryKey);
        List<PgType> columnTypes =
                columns.stream().map(column -> types.type(column.type())).toList();
        return new Described(relation, columnTypes, first.partitioned, first.rowFilter);
    }

    private record Attribute(
            long relation,
            String schema,
            String table,
            char replicaIdentity,
            ShapeColumn column,
            boolean inPrimaryKey,
            boolean partitioned,
            @Nullable String rowFilter) {}
}
