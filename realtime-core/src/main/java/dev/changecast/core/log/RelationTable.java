package dev.changecast.core.log;

import dev.changecast.api.source.Relation;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The small numbers by which frames name relations. Numbers are given by the capture thread; what has been given can be
 * read by any thread that has seen a frame with it.
 */
final class RelationTable {
    /** A source that made a new relation for each change must not fill the memory with it. */
    private static final int IDENTITIES = 1024;

    private final Map<Relation, Integer> byIdentity = new IdentityHashMap<>();
    private final Map<Relation, Integer> byShape = new HashMap<>();
    private volatile Relation[] byId = new Relation[16];
    private int next;
    private @Nullable Relation recent;
    private int recentId;

    /** The number of this relation, a new one when it has none. */
    int idOf(Relation relation) {
        if (relation == recent) {
            return recentId;
        }
        Integer known = byIdentity.get(relation);
        int id = known != null ? known : idByShape(relation);
        recent = relation;
        recentId = id;
        return id;
    }

    private int idByShape(Relation relation) {
        Integer known = byShape.get(relation);
        int id = known != null ? known : next;
        if (known == null) {
            put(id, relation);
        }
        if (byIdentity.size() == IDENTITIES) {
            byIdentity.clear();
        }
        byIdentity.put(relation, id);
        return id;
    }

    /** Takes over a definition found in a segment. */
    void put(int id, Relation relation) {
        Relation[] relations = byId;
        if (id >= relations.length) {
            relations = Arrays.copyOf(relations, Math.max(id + 1, 2 * relations.length));
        }
        relations[id] = relation;
        byId = relations;
        byShape.put(relation, id);
        next = Math.max(next, id + 1);
    }

    /** The relations by their numbers. The array is shared and only ever added to. */
    Relation[] byId() {
        return byId;
    }
}
