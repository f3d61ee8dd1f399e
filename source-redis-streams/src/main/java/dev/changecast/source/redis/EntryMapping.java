package dev.changecast.source.redis;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes rows of entries. Immutable. */
final class EntryMapping {
    private final Mapping mapping;
    private final Map<String, Relation> relations = new LinkedHashMap<>();
    private final Map<String, List<List<String>>> members = new HashMap<>();

    EntryMapping(Mapping mapping, List<String> streams) {
        this.mapping = mapping;
        List<Column> columns = new ArrayList<>();
        columns.add(new Column(Mapping.ID, "text", ValueType.TEXT));
        mapping.columns().forEach(column -> columns.add(column.column()));
        List<String> names = columns.stream().map(Column::name).toList();
        List<Integer> key = mapping.key().stream().map(names::indexOf).toList();
        // Where nothing is ever updated or deleted, nothing of an old row is lacking.
        OldRow oldRow = mapping.operationField() == null ? OldRow.FULL : OldRow.KEY;
        for (String name : mapping.collectionField() == null ? streams : mapping.collections()) {
            relations.put(name, new Relation("", name, columns, key, oldRow, null));
        }
        for (FieldColumn column : mapping.columns()) {
            if (!column.member().isEmpty()) {
                members.computeIfAbsent(column.field(), field -> new ArrayList<>())
                        .add(column.member());
            }
        }
    }

    List<Relation> relations() {
        return List.copyOf(relations.values());
    }

    /**
     * A change.
     *
     * @param after null for a delete
     * @param before null but for a delete, whose key it has
     */
    record Change(
            Relation relation,
            Operation operation,
            @Nullable Row after,
            @Nullable Row before) {}

    /** Reads an entry that is there. */
    Change read(String stream, StreamEntry entry) throws UnreadableEntry {
        if (entry.bytes() > mapping.entryBytes()) {
            throw new UnreadableEntry(
                    "it has " + entry.bytes() + " bytes, and entry_bytes allows " + mapping.entryBytes());
        }
        Relation relation = relation(stream, entry);
        Operation operation = operation(entry);
        @Nullable Object[] values = values(entry, operation == Operation.DELETE ? relation : null);
        for (int index : relation.key()) {
            if (values[index] == null) {
                throw new UnreadableEntry("it has nothing for the key "
                        + relation.columns().get(index).name());
            }
        }
        Row row = Row.of(values);
        return operation == Operation.DELETE
                ? new Change(relation, operation, null, row)
                : new Change(relation, operation, row, null);
    }

    private Relation relation(String stream, StreamEntry entry) throws UnreadableEntry {
        String field = mapping.collectionField();
        String name = field == null ? stream : text(entry, field);
        Relation relation = name == null ? null : relations.get(name);
        if (relation == null) {
            throw new UnreadableEntry("its field " + field + " names none of the collections "
                    + String.join(", ", mapping.collections()));
        }
        return relation;
    }

    private Operation operation(StreamEntry entry) throws UnreadableEntry {
        String field = mapping.operationField();
        String name = field == null ? "insert" : text(entry, field);
        return switch (name == null ? "" : name) {
            case "insert" -> Operation.INSERT;
            case "update" -> Operation.UPDATE;
            case "delete" -> Operation.DELETE;
            default -> throw new UnreadableEntry("its field " + field + " is none of insert, update, delete");
        };
    }

    /** @param keyOf when not null only its key is read, as a delete has nothing else */
    private @Nullable Object[] values(StreamEntry entry, @Nullable Relation keyOf) throws UnreadableEntry {
        @Nullable Object[] values = new Object[mapping.columns().size() + 1];
        values[0] = entry.id().toString();
        Map<String, Map<List<String>, JsonText.Value>> documents = new HashMap<>();
        for (int i = 1; i < values.length; i++) {
            FieldColumn column = mapping.columns().get(i - 1);
            if (keyOf != null && !keyOf.isKey(i)) {
                values[i] = Row.ABSENT;
            } else if (column.field().equals(FieldColumn.ALL)) {
                values[i] = Row.json(all(entry));
            } else if (column.member().isEmpty()) {
                String text = text(entry, column.field());
                values[i] = text == null ? null : column.type().read(text, column.field());
            } else {
                values[i] = member(entry, column, documents);
            }
        }
        if (keyOf != null && !keyOf.isKey(0)) {
            values[0] = Row.ABSENT;
        }
        return values;
    }

    private @Nullable Object member(
            StreamEntry entry, FieldColumn column, Map<String, Map<List<String>, JsonText.Value>> documents)
            throws UnreadableEntry {
        Map<List<String>, JsonText.Value> document = documents.get(column.field());
        if (document == null) {
            String text = text(entry, column.field());
            try {
                document = text == null ? Map.of() : JsonText.members(text, members.get(column.field()));
            } catch (IllegalArgumentException e) {
                throw new UnreadableEntry("the field " + column.field() + " is no json");
            }
            documents.put(column.field(), document);
        }
        JsonText.Value value = document.get(column.member());
        if (value == null) {
            return null;
        }
        String shown = column.field() + "." + String.join(".", column.member());
        if (column.type() == FieldType.JSON) {
            return Row.json(value.string() ? JsonText.quoted(value.text()) : value.text());
        }
        return column.type().read(value.text(), shown);
    }

    private static String all(StreamEntry entry) throws UnreadableEntry {
        Map<String, String> fields = new TreeMap<>();
        List<byte[]> pairs = entry.fields() == null ? List.of() : entry.fields();
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            String name = utf8(pairs.get(i), "name");
            fields.put(name, utf8(pairs.get(i + 1), name));
        }
        List<String> json = new ArrayList<>();
        fields.forEach((name, value) -> json.add(JsonText.quoted(name) + ":" + JsonText.quoted(value)));
        return "{" + String.join(",", json) + "}";
    }

    private static @Nullable String text(StreamEntry entry, String field) throws UnreadableEntry {
        byte[] value = entry.value(field);
        return value == null ? null : utf8(value, field);
    }

    private static String utf8(byte[] bytes, String field) throws UnreadableEntry {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UnreadableEntry("the field " + field + " is not UTF-8");
        }
    }
}
