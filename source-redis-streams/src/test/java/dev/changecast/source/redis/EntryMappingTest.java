package dev.changecast.source.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.testing.RecordedRow;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EntryMappingTest {
    private static final List<String> FEED = List.of("user_id", "type", "payload json");

    private static EntryMapping mapping(List<String> columns, List<String> key, String operation) {
        return new EntryMapping(
                new Mapping(columns.stream().map(FieldColumn::parse).toList(), key, operation, null, List.of(), 2048),
                List.of("feed:stream"));
    }

    private static EntryMapping mapping(String... columns) {
        return mapping(List.of(columns), List.of("id"), null);
    }

    private static StreamEntry entry(String... fields) {
        return new StreamEntry(
                EntryId.parse("7-1"),
                Arrays.stream(fields)
                        .map(field -> field.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    private static String json(EntryMapping mapping, String... fields) throws UnreadableEntry {
        EntryMapping.Change change = mapping.read("feed:stream", entry(fields));
        return RecordedRow.of(change.after()).json(change.relation());
    }

    private static void assertUnreadable(EntryMapping mapping, String reason, String... fields) {
        assertThatThrownBy(() -> mapping.read("feed:stream", entry(fields)))
                .isInstanceOf(UnreadableEntry.class)
                .hasMessageContaining(reason);
    }

    @Test
    void anEntryOfAFeedIsARowWithItsId() throws UnreadableEntry {
        EntryMapping feed = mapping(FEED.toArray(String[]::new));
        assertThat(json(feed, "user_id", "42", "type", "new_transaction", "payload", "{\"amount\": 7}"))
                .isEqualTo(
                        "{\"id\":\"7-1\",\"user_id\":\"42\",\"type\":\"new_transaction\",\"payload\":{\"amount\": 7}}");
        assertThat(json(feed, "type", "grün", "more", "unused"))
                .isEqualTo("{\"id\":\"7-1\",\"user_id\":null,\"type\":\"grün\",\"payload\":null}");
        assertThat(feed.relations()).extracting(Relation::qualifiedName).containsExactly("feed:stream");
        assertThat(feed.relations().get(0).oldRow()).isEqualTo(OldRow.FULL);
    }

    @Test
    void membersOfJsonAreColumnsWithTheirOwnTypes() throws UnreadableEntry {
        EntryMapping members = mapping(
                "payload.amount decimal as total",
                "payload.to.city",
                "payload.count integer",
                "payload.tags json",
                "payload.note json",
                "payload.gone");
        String payload =
                "{\"amount\": 12345678901234567890.10, \"to\": {\"city\": \"Köln\", \"zip\": [1]}, \"count\": 3,"
                        + " \"tags\": [1, {\"a\": 1.50}], \"note\": \"say \\\"hi\\\"\", \"gone\": null, \"other\": {}}";
        assertThat(json(members, "payload", payload))
                .isEqualTo("{\"id\":\"7-1\",\"total\":\"12345678901234567890.10\",\"city\":\"Köln\",\"count\":3,"
                        + "\"tags\":[1,{\"a\":1.50}],\"note\":\"say \\\"hi\\\"\",\"gone\":null}");
        assertThat(json(members)).contains("\"total\":null", "\"city\":null");
    }

    @Test
    void fieldsHaveTypes() throws UnreadableEntry {
        EntryMapping typed =
                mapping("a integer", "b float", "c boolean", "d uuid", "e timestamp", "f decimal", "* as everything");
        assertThat(json(
                        typed,
                        "a",
                        " 9223372036854775807 ",
                        "b",
                        "1.5",
                        "c",
                        "TRUE",
                        "d",
                        "67E55044-10B1-426F-9247-BB680E5FE0C8",
                        "e",
                        "2026-01-02T03:04:05+01:00",
                        "f",
                        "1E3"))
                .startsWith("{\"id\":\"7-1\",\"a\":9223372036854775807,\"b\":1.5,\"c\":true,"
                        + "\"d\":\"67e55044-10b1-426f-9247-bb680e5fe0c8\",\"e\":\"2026-01-02T02:04:05Z\",\"f\":\"1000\","
                        + "\"everything\":{\"a\":\" 9223372036854775807 \"");
        assertUnreadable(typed, "a is no integer", "a", "1.5");
        assertUnreadable(typed, "b is no float", "b", "many");
        assertUnreadable(typed, "c is no boolean", "c", "yes");
        assertUnreadable(typed, "d is no uuid", "d", "1");
        assertUnreadable(typed, "e is no timestamp", "e", "today");
        assertUnreadable(typed, "f is no decimal", "f", "1E999999999");
    }

    @Test
    void jsonThatIsNoneIsUnreadableAndNotShown() {
        EntryMapping feed = mapping("payload json", "payload.a");
        for (String bad : List.of("", "{", "{\"secret\"}", "1 2", "{}{}", "NaN", "[".repeat(300) + "]".repeat(300))) {
            assertThatThrownBy(() -> feed.read("feed:stream", entry("payload", bad)))
                    .isInstanceOf(UnreadableEntry.class)
                    .hasMessage("the field payload is no json");
        }
    }

    @Test
    void whatIsTooLargeOrNoTextIsUnreadable() {
        EntryMapping feed = mapping("text");
        assertUnreadable(feed, "2052 bytes, and entry_bytes allows 2048", "text", "x".repeat(2048));
        StreamEntry bytes = new StreamEntry(
                EntryId.parse("7-1"), List.of("text".getBytes(StandardCharsets.UTF_8), new byte[] {(byte) 0xff}));
        assertThatThrownBy(() -> feed.read("feed:stream", bytes)).hasMessage("the field text is not UTF-8");
    }

    @Test
    void anOperationUpdatesOrDeletesTheRowOfAKey() throws UnreadableEntry {
        EntryMapping rows = mapping(List.of("number integer", "text"), List.of("number"), "op");
        assertThat(rows.relations().get(0).oldRow()).isEqualTo(OldRow.KEY);
        assertThat(rows.read("feed:stream", entry("op", "update", "number", "1", "text", "x"))
                        .operation())
                .isEqualTo(Operation.UPDATE);
        EntryMapping.Change delete = rows.read("feed:stream", entry("op", "delete", "number", "1"));
        assertThat(delete.after()).isNull();
        Row before = delete.before();
        assertThat(RecordedRow.of(before).json(delete.relation())).isEqualTo("{\"number\":1}");
        assertUnreadable(rows, "op is none of insert, update, delete", "op", "upsert", "number", "1");
        assertUnreadable(rows, "op is none of", "number", "1");
        assertUnreadable(rows, "nothing for the key number", "op", "insert", "text", "x");
    }

    @Test
    void aFieldNamesTheCollectionAmongThoseThatAreKnown() throws UnreadableEntry {
        EntryMapping two = new EntryMapping(
                new Mapping(
                        List.of(FieldColumn.parse("text")),
                        List.of("id"),
                        null,
                        "kind",
                        List.of("orders", "payments"),
                        2048),
                List.of("a", "b"));
        assertThat(two.relations()).extracting(Relation::name).containsExactly("orders", "payments");
        assertThat(two.read("b", entry("kind", "payments", "text", "x"))
                        .relation()
                        .name())
                .isEqualTo("payments");
        assertUnreadable(two, "kind names none of the collections orders, payments", "kind", "others");
        assertUnreadable(two, "kind names none of", "text", "x");
    }

    @Test
    void columnsThatAreNoneAreRefused() {
        Stream.of("a b c", "a nothing", "payload..x", "* text", "")
                .forEach(text -> assertThatThrownBy(() -> FieldColumn.parse(text))
                        .as(text)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("columns has "));
        assertThat(FieldColumn.parse("payload.a as b")).isEqualTo(FieldColumn.parse("payload.a text as b"));
    }
}
