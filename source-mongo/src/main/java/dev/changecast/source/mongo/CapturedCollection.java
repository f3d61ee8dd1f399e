package dev.changecast.source.mongo;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One collection and the columns that it has for us: the declared ones, or else {@code _id} and the top-level fields that
 * its documents were found to have. What was found stays, and so does its kind; new fields are added. Thread-safe.
 */
final class CapturedCollection {
    static final String ID = "_id";
    /** Who stores data in the names of fields would make a new shape with each document. */
    static final int MOST_FOUND_FIELDS = 200;

    private static final Logger LOG = LoggerFactory.getLogger(CapturedCollection.class);

    private final String database;
    private final String name;
    private final @Nullable String identity;
    private final boolean declared;

    /** In the order of the columns: declared ones as declared, found ones by name, so that it does not hang on chance. */
    private final Map<String, @Nullable FieldKind> fields;

    private boolean images;
    private boolean full;
    private @Nullable Relation withKey;
    private @Nullable Relation withImages;

    /**
     * @param identity the collection's UUID; null where there is no such collection at present
     * @param images whether it keeps documents as they were before and after each change
     * @param declarations its declared fields; when there are none they are found
     */
    CapturedCollection(
            String database,
            String name,
            @Nullable String identity,
            boolean images,
            List<FieldDeclaration> declarations) {
        this.database = database;
        this.name = name;
        this.identity = identity;
        this.images = images;
        this.declared = !declarations.isEmpty();
        this.fields = declared ? new LinkedHashMap<>() : new TreeMap<>();
        fields.put(ID, declared ? FieldKind.OBJECT_ID : null);
        declarations.forEach(field -> fields.put(field.path(), field.kind()));
    }

    String qualifiedName() {
        return database + "." + name;
    }

    String database() {
        return database;
    }

    String name() {
        return name;
    }

    @Nullable
    String identity() {
        return identity;
    }

    boolean isDeclared() {
        return declared;
    }

    synchronized void images(boolean kept) {
        images = kept;
    }

    /** The present shape, with what its changes tell of the old row at present. */
    synchronized Relation relation() {
        return relation(images);
    }

    /** The present shape, for a change that came with the old row or without. */
    synchronized Relation relation(boolean withOldRow) {
        Relation relation = withOldRow ? withImages : withKey;
        if (relation == null) {
            relation = make(withOldRow ? OldRow.FULL : OldRow.KEY);
            if (withOldRow) {
                withImages = relation;
            } else {
                withKey = relation;
            }
        }
        return relation;
    }

    private Relation make(OldRow oldRow) {
        List<Column> columns = new ArrayList<>();
        columns.add(column(ID, fields.get(ID) == null ? FieldKind.OBJECT_ID : fields.get(ID)));
        fields.forEach((field, kind) -> {
            if (!field.equals(ID)) {
                columns.add(column(field, kind == null ? FieldKind.ANY : kind));
            }
        });
        String remedy = oldRow == OldRow.FULL
                ? null
                : "db.getSiblingDB(" + quoted(database) + ").runCommand({collMod: " + quoted(name)
                        + ", changeStreamPreAndPostImages: {enabled: true}}), from MongoDB 6.0 on";
        return new Relation(database, name, columns, List.of(0), oldRow, remedy, identity);
    }

    private static Column column(String name, FieldKind kind) {
        return new Column(name, kind.alias(), kind.valueType());
    }

    private static String quoted(String name) {
        return '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Many documents at once: a field's kind is that of most of its values. */
    synchronized void learn(List<BsonDocument> documents) {
        if (declared) {
            return;
        }
        Map<String, Map<FieldKind, Integer>> found = new HashMap<>();
        for (BsonDocument document : documents) {
            document.forEach((field, value) -> {
                Map<FieldKind, Integer> kinds = found.computeIfAbsent(field, unseen -> new TreeMap<>());
                FieldKind kind = FieldKind.of(value);
                if (kind != null) {
                    kinds.merge(kind, 1, Integer::sum);
                }
            });
        }
        found.forEach((field, kinds) -> add(
                field,
                kinds.entrySet().stream()
                        .max(Map.Entry.comparingByValue())
                        .map(Map.Entry::getKey)
                        .orElse(null)));
    }

    /** A document that is going to be given, which may have fields that none had before. */
    synchronized void learn(BsonDocument document) {
        if (declared) {
            return;
        }
        for (Map.Entry<String, BsonValue> field : document.entrySet()) {
            if (!fields.containsKey(field.getKey()) || fields.get(field.getKey()) == null) {
                add(field.getKey(), FieldKind.of(field.getValue()));
            }
        }
    }

    private void add(String field, @Nullable FieldKind kind) {
        boolean known = fields.containsKey(field);
        if (known && (kind == null || fields.get(field) != null)) {
            return;
        }
        if (!known && fields.size() >= MOST_FOUND_FIELDS) {
            if (!full) {
                full = true;
                LOG.warn(
                        "{} has more than {} fields at its top level; the others are not shown: declare the ones that are"
                                + " wanted",
                        qualifiedName(),
                        MOST_FOUND_FIELDS);
            }
            return;
        }
        fields.put(field, kind);
        withKey = null;
        withImages = null;
    }
}
