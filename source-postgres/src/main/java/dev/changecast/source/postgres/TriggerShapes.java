package dev.changecast.source.postgres;

import dev.changecast.api.source.Relation;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The shapes of the tables at the tick that is being read, as the ticker has noted them: so they are the same for everybody
 * who reads, whenever. One thread.
 */
final class TriggerShapes {
    private static final String COLUMNS =
            "s.relation::int8, s.root::int8, s.namespace, s.name, s.columns, s.types::int8[], s.modifiers, s.key, s.triggered,"
                    + " s.generation, s.certain";

    private final TypeCatalog types;
    private final PostgresOptions options;
    private final Map<Long, TriggerShape> shapes = new HashMap<>();
    private final Map<Long, Noted> noted = new HashMap<>();

    private record Noted(
            long relation,
            long root,
            String namespace,
            String name,
            List<String> columns,
            List<Long> types,
            List<Integer> modifiers,
            List<String> key,
            String triggered,
            long generation,
            boolean certain) {}

    TriggerShapes(TypeCatalog types, PostgresOptions options) {
        this.types = types;
        this.options = options;
    }

    /** Null when it is not known, and so was not captured when the tick was made. */
    @Nullable
    TriggerShape get(long relation) {
        return shapes.get(relation);
    }

    /** Takes those that hold after a tick. */
    void begin(Connection connection, long tick) throws SQLException {
        read(
                connection,
                "SELECT DISTINCT ON (s.relation) " + COLUMNS
                        + " FROM changecast.shape s WHERE s.tick <= ? ORDER BY s.relation, s.tick DESC",
                tick);
    }

    /** Takes those that are new with a tick. */
    void advance(Connection connection, long tick) throws SQLException {
        noted.replaceAll((relation, shape) -> shape.certain ? shape : certain(shape));
        read(connection, "SELECT " + COLUMNS + " FROM changecast.shape s WHERE s.tick = ?", tick);
    }

    private static Noted certain(Noted shape) {
        return new Noted(
                shape.relation,
                shape.root,
                shape.namespace,
                shape.name,
                shape.columns,
                shape.types,
                shape.modifiers,
                shape.key,
                shape.triggered,
                shape.generation,
                true);
    }

    private void read(Connection connection, String sql, long tick) throws SQLException {
        boolean changed = false;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, tick);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Noted shape = new Noted(
                            row.getLong(1),
                            row.getLong(2),
                            row.getString(3),
                            row.getString(4),
                            list(row.getArray(5), String.class),
                            list(row.getArray(6), Long.class),
                            list(row.getArray(7), Integer.class),
                            list(row.getArray(8), String.class),
                            row.getString(9),
                            row.getLong(10),
                            row.getBoolean(11));
                    noted.put(shape.relation, shape);
                    changed = true;
                }
            }
        }
        if (changed) {
            types.forget();
        }
        if (changed || shapes.values().stream().anyMatch(shape -> !shape.certain())) {
            make();
        }
    }

    private static <T> List<T> list(Array array, Class<T> type) throws SQLException {
        List<T> values = new ArrayList<>();
        for (Object value : (Object[]) array.getArray()) {
            values.add(type.cast(value));
        }
        return values;
    }

    private void make() {
        Map<Long, TriggerCatalog.Shaped> roots = new HashMap<>();
        for (Noted shape : noted.values()) {
            Noted root = noted.get(shape.root);
            if (root == null) {
                continue;
            }
            TriggerCatalog.Shaped told = roots.computeIfAbsent(shape.root, oid -> told(root));
            shapes.put(
                    shape.relation,
                    TriggerShape.of(
                            told.relation(),
                            told.types(),
                            shape.columns,
                            shape.types,
                            shape.certain,
                            options.matches(root.namespace, root.name)));
        }
    }

    /** The same relation as before where nothing has changed: the engine knows it by identity first. */
    private TriggerCatalog.Shaped told(Noted root) {
        TriggerCatalog.Shaped told = TriggerCatalog.shaped(
                types,
                root.root,
                root.namespace,
                root.name,
                root.columns,
                root.types,
                root.modifiers,
                root.key,
                root.triggered + "." + root.generation);
        TriggerShape known = shapes.get(root.root);
        Relation relation =
                known != null && known.relation().equals(told.relation()) ? known.relation() : told.relation();
        return new TriggerCatalog.Shaped(relation, told.types());
    }
}
