package dev.changecast.source.mongo;

import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** A document as a row: the columns of its relation, and nothing else that it may hold. */
final class DocumentRow implements Row {
    private final Relation relation;
    private final BsonDocument document;
    private final boolean keyOnly;
    private final BsonJson json;

    private DocumentRow(Relation relation, BsonDocument document, boolean keyOnly, BsonJson json) {
        this.relation = relation;
        this.document = document;
        this.keyOnly = keyOnly;
        this.json = json;
    }

    /** A field that a document lacks is null: an update that took it away has to tell so. */
    static Row of(Relation relation, BsonDocument document, BsonJson json) {
        return new DocumentRow(relation, document, false, json);
    }

    /** A row of which the key alone is known. */
    static Row ofKey(Relation relation, BsonDocument documentKey, BsonJson json) {
        return new DocumentRow(relation, documentKey, true, json);
    }

    @Override
    public int size() {
        return relation.columns().size();
    }

    @Override
    public boolean isNull(int column) {
        return !isAbsent(column) && value(column) == null;
    }

    @Override
    public boolean isAbsent(int column) {
        return keyOnly && !relation.isKey(column);
    }

    @Override
    public void write(int column, ValueWriter to) {
        if (isAbsent(column)) {
            to.absent();
            return;
        }
        BsonValue value = value(column);
        if (value == null) {
            to.nil();
        } else {
            json.write(value, to);
        }
    }

    private @Nullable BsonValue value(int column) {
        return at(document, relation.columns().get(column).name());
    }

    /** The value of a field, or at the end of a way through documents; null where there is none, or a null. */
    static @Nullable BsonValue at(BsonDocument document, String path) {
        BsonValue value = document.get(path);
        BsonDocument within = document;
        int from = 0;
        for (int dot = path.indexOf('.'); value == null && dot > 0; dot = path.indexOf('.', from)) {
            BsonValue next = within.get(path.substring(from, dot));
            if (next == null || !next.isDocument()) {
                return null;
            }
            within = next.asDocument();
            from = dot + 1;
            value = within.get(path.substring(from));
        }
        return value == null || FieldKind.of(value) == null ? null : value;
    }
}
