package dev.changecast.source.postgres;

import dev.changecast.api.source.Relation;
import dev.changecast.source.postgres.RelationShape.ShapeColumn;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.LongFunction;

/**
 * The relations that the stream has told on this connection, by their number. The server tells a relation before its
 * first row, and again whenever it may have changed; as long as its shape is the same, so is the {@link Relation}. A
 * table that was dropped and made again has another number. One thread.
 */
final class RelationCache {
    private final Map<Integer, StreamedRelation> relations = new HashMap<>();
    private final TypeCatalog types;
    private final LongFunction<Set<String>> primaryKeys;
    private final BiPredicate<String, String> wanted;

    /**
     * @param primaryKeys tells the primary key of a relation by its number
     * @param wanted which tables, by schema and name, the configuration asks for
     */
    RelationCache(TypeCatalog types, LongFunction<Set<String>> primaryKeys, BiPredicate<String, String> wanted) {
        this.types = types;
        this.primaryKeys = primaryKeys;
        this.wanted = wanted;
    }

    StreamedRelation get(int id) {
        StreamedRelation relation = relations.get(id);
        if (relation == null) {
            throw new IllegalStateException("the stream tells a row of relation " + id + " that it has not told");
        }
        return relation;
    }

    /** Takes a Relation message, from behind its kind. */
    void read(ByteBuffer message) {
        int id = message.getInt();
        String namespace = string(message);
        // Empty stands for pg_catalog.
        namespace = namespace.isEmpty() ? "pg_catalog" : namespace;
        String name = string(message);
        char replicaIdentity = (char) message.get();
        int count = message.getShort();
        List<ShapeColumn> columns = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            boolean identity = (message.get() & 1) != 0;
            String column = string(message);
            long type = Integer.toUnsignedLong(message.getInt());
            int modifier = message.getInt();
            columns.add(new ShapeColumn(column, type, modifier, identity));
        }
        put(id, new RelationShape(Integer.toUnsignedLong(id), namespace, name, replicaIdentity, columns));
    }

    private void put(int id, RelationShape shape) {
        boolean full = shape.replicaIdentity() == RelationShape.FULL;
        Set<String> primaryKey = full ? primaryKeys.apply(Integer.toUnsignedLong(id)) : Set.of();
        Relation relation = shape.relation(types, primaryKey);
        StreamedRelation known = relations.get(id);
        if (known != null && known.relation().equals(relation)) {
            relation = known.relation();
        }
        int count = shape.columns().size();
        ValueFormat[] formats = new ValueFormat[count];
        boolean[] identity = new boolean[count];
        for (int i = 0; i < count; i++) {
            formats[i] = types.type(shape.columns().get(i).type()).format();
            identity[i] = shape.columns().get(i).identity();
        }
        boolean isWanted = wanted.test(shape.namespace(), shape.name());
        relations.put(id, new StreamedRelation(relation, formats, identity, isWanted));
    }

    /** A string that ends with a zero byte. */
    static String string(ByteBuffer message) {
        int start = message.arrayOffset() + message.position();
        int end = start;
        byte[] bytes = message.array();
        while (bytes[end] != 0) {
            end++;
        }
        message.position(message.position() + end - start + 1);
        return new String(bytes, start, end - start, StandardCharsets.UTF_8);
    }
}
