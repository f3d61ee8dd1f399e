package dev.changecast.source.postgres;

import dev.changecast.api.source.ValueType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * The types of a database, read from {@code pg_type} when first met and kept. Never fails for a type that is not there
 * any more. Thread-safe.
 */
final class TypeCatalog {
    private static final String QUERY = """
            SELECT t.oid::int8, t.typname, t.typtype::text, t.typdelim::text, t.typbasetype::int8, t.typelem::int8,
                   t.typinput = 'array_in'::regproc AS is_array
            FROM pg_catalog.pg_type t WHERE t.oid::int8 = ANY (:oids)""";

    private final Function<Set<Long>, List<Entry>> reader;
    private final boolean bigintAsText;
    private final Map<Long, PgType> types = new ConcurrentHashMap<>();
    private final Map<Long, Entry> entries = new ConcurrentHashMap<>();

    TypeCatalog(Jdbi jdbi, boolean bigintAsText) {
        this(asked -> jdbi.withHandle(handle -> read(handle, asked)), bigintAsText);
    }

    TypeCatalog(Function<Set<Long>, List<Entry>> reader, boolean bigintAsText) {
        this.reader = reader;
        this.bigintAsText = bigintAsText;
    }

    PgType type(long oid) {
        return Objects.requireNonNullElseGet(types.get(oid), () -> {
            load(Set.of(oid));
            return types.getOrDefault(oid, PgType.unknown(oid));
        });
    }

    /** Forgets everything, since user types may have been renamed or their numbers used again. */
    void forget() {
        types.clear();
        entries.clear();
    }

    /** Reads those of these types that are not known yet, with what they are made of. */
    void load(Collection<Long> oids) {
        load(oids, reader);
    }

    /** The same, over a connection that is already in use. */
    void load(Collection<Long> oids, Handle handle) {
        load(oids, asked -> read(handle, asked));
    }

    private void load(Collection<Long> oids, Function<Set<Long>, List<Entry>> reader) {
        Set<Long> missing = unknownOf(oids);
        while (!missing.isEmpty()) {
            Set<Long> asked = missing;
            List<Entry> found = reader.apply(asked);
            List<Long> parts = new ArrayList<>();
            for (Entry entry : found) {
                entries.put(entry.oid, entry);
                parts.add(entry.base);
                parts.add(entry.element);
            }
            missing = unknownOf(parts);
            missing.removeAll(asked);
        }
        for (long oid : oids) {
            resolve(oid);
        }
    }

    private static List<Entry> read(Handle handle, Set<Long> oids) {
        return handle.createQuery(QUERY)
                .bindArray("oids", Long.class, oids)
                .map((row, context) -> new Entry(
                        row.getLong(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4).charAt(0),
                        row.getLong(5),
                        row.getBoolean(7) ? row.getLong(6) : 0))
                .list();
    }

    private Set<Long> unknownOf(Collection<Long> oids) {
        return oids.stream()
                .filter(oid -> oid != 0 && !entries.containsKey(oid))
                .collect(Collectors.toSet());
    }

    private @Nullable PgType resolve(long oid) {
        Entry entry = entries.get(oid);
        if (entry == null) {
            return null;
        }
        PgType known = types.get(oid);
        if (known != null) {
            return known;
        }
        PgType type = made(entry);
        types.put(oid, type);
        return type;
    }

    private PgType made(Entry entry) {
        if (entry.base != 0) {
            return Objects.requireNonNullElse(resolve(entry.base), PgType.unknown(entry.base));
        }
        if (entry.element != 0) {
            PgType element = Objects.requireNonNullElse(resolve(entry.element), PgType.unknown(entry.element));
            Entry elementEntry = entries.get(entry.element);
            char delimiter = elementEntry == null ? ',' : elementEntry.delimiter;
            return new PgType(element.name() + "[]", ValueType.ARRAY, new ArrayFormat(element.format(), delimiter));
        }
        if (entry.kind.equals("e")) {
            return new PgType(entry.name, ValueType.ENUM, ValueFormat.TEXT);
        }
        return named(entry.name, entry.kind.equals("b"));
    }

    private PgType named(String name, boolean isBase) {
        return switch (isBase ? name : "") {
            case "bool" -> new PgType(name, ValueType.BOOLEAN, ValueFormat.BOOLEAN);
            case "int2", "int4" -> new PgType(name, ValueType.INTEGER, ValueFormat.LITERAL);
            case "int8" -> new PgType(name, ValueType.INTEGER, bigintAsText ? ValueFormat.TEXT : ValueFormat.LITERAL);
            case "float4", "float8" -> new PgType(name, ValueType.FLOAT, ValueFormat.FLOAT);
            case "numeric" -> new PgType(name, ValueType.DECIMAL, ValueFormat.TEXT);
            case "text", "varchar", "bpchar", "name", "char", "citext" ->
                new PgType(name, ValueType.TEXT, ValueFormat.TEXT);
            case "uuid" -> new PgType(name, ValueType.UUID, ValueFormat.TEXT);
            case "date" -> new PgType(name, ValueType.DATE, TemporalFormat.DATE);
            case "time" -> new PgType(name, ValueType.TIME, ValueFormat.TEXT);
            case "timestamp" -> new PgType(name, ValueType.TIMESTAMP, TemporalFormat.TIMESTAMP);
            case "timestamptz" -> new PgType(name, ValueType.TIMESTAMP_TZ, TemporalFormat.TIMESTAMP_TZ);
            case "bytea" -> new PgType(name, ValueType.BINARY, ValueFormat.BYTES);
            case "json", "jsonb" -> new PgType(name, ValueType.JSON, ValueFormat.LITERAL);
            default -> new PgType(name, ValueType.OTHER, ValueFormat.TEXT);
        };
    }

    /** A row of {@code pg_type}; {@code base} and {@code element} are 0 where there is none. */
    record Entry(long oid, String name, String kind, char delimiter, long base, long element) {}
}
