package dev.changecast.source.redis;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** JSON in a field: whether it is some, and what its members hold. */
final class JsonText {
    private static final int DEPTH = 200;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(1000)
                    .build())
            .build();

    private JsonText() {}

    /**
     * A value in a document.
     *
     * @param text what a string says, or the value's JSON
     * @param string whether it was a string
     */
    record Value(String text, boolean string) {}

    /**
     * The same text, if it is one JSON value and nothing else.
     *
     * @throws IllegalArgumentException otherwise, without any of it
     */
    static String checked(String text) {
        members(text, List.of());
        return text;
    }

    /**
     * Members of an object, named by their way from its top ({@code [address, city]}). What is not there, or null, is left
     * out.
     *
     * @throws IllegalArgumentException when it is no JSON
     */
    static Map<List<String>, Value> members(String text, List<List<String>> wanted) {
        Map<List<String>, Value> found = new HashMap<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new IllegalArgumentException("nothing");
            }
            value(parser, first, List.of(), wanted, found);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("something behind it");
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException("no JSON");
        }
        return found;
    }

    private static void value(
            JsonParser parser,
            JsonToken token,
            List<String> here,
            List<List<String>> wanted,
            Map<List<String>, Value> found) {
        boolean asked = wanted.contains(here);
        if (asked) {
            // The last of several members with one name counts, null too.
            found.remove(here);
        }
        if (token == JsonToken.START_OBJECT && !asked && leadsOn(here, wanted)) {
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                List<String> there = append(here, name);
                value(parser, parser.nextToken(), there, wanted, found);
            }
        } else if (asked && token != JsonToken.VALUE_NULL) {
            found.put(here, read(parser, token));
        } else {
            parser.skipChildren();
        }
    }

    private static boolean leadsOn(List<String> here, List<List<String>> wanted) {
        return wanted.stream()
                .anyMatch(way ->
                        way.size() > here.size() && way.subList(0, here.size()).equals(here));
    }

    private static List<String> append(List<String> way, String name) {
        List<String> longer = new ArrayList<>(way);
        longer.add(name);
        return longer;
    }

    private static Value read(JsonParser parser, JsonToken token) {
        if (token == JsonToken.VALUE_STRING) {
            return new Value(parser.getString(), true);
        }
        StringWriter to = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(ObjectWriteContext.empty(), to)) {
            // Numbers as they stand there: a double would lose digits.
            generator.copyCurrentStructureExact(parser);
        }
        return new Value(to.toString(), false);
    }

    /** A string as JSON. */
    static String quoted(@Nullable String text) {
        StringWriter to = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(ObjectWriteContext.empty(), to)) {
            generator.writeString(text);
        }
        return to.toString();
    }
}
