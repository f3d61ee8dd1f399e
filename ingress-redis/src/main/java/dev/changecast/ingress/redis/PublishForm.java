package dev.changecast.ingress.redis;

import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/**
 * Brings what was published to a channel into the form of {@code POST /api/publish}. Besides that form's own fields it
 * takes those that gateways of this kind have in common: {@code from}, {@code from_name} and {@code data} go into the
 * content, {@code to} and {@code room} may repeat what the channel says, and {@code timestamp} gives way to the time at
 * which the server takes the message. What values the fields may have is for the sink to say.
 */
final class PublishForm {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxNumberLength(1000)
                    .maxNameLength(1000)
                    .build())
            .build();

    private static final List<String> FIELDS = List.of(
            "type",
            "content",
            "id",
            "ephemeral",
            "priority",
            "ttl_s",
            "data",
            "from",
            "from_name",
            "to",
            "room",
            "timestamp");

    /** What goes into the content beside {@code content} itself, in this order. */
    private static final List<String> IN_CONTENT = List.of("data", "from", "from_name");

    private PublishForm() {}

    /** @throws IllegalArgumentException with what is wrong, and nothing of the content, which may be private */
    static String of(Channels.Destination destination, byte[] payload) {
        String text = text(payload);
        Map<String, String> fields = new HashMap<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException(
                        "it is no JSON object like {\"type\":\"notification\",\"content\":{…}}");
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                read(parser, destination, fields);
            }
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("there is something after the end of the JSON object");
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException("it is not JSON with each field once" + place(e.getLocation()));
        }
        return written(destination, fields);
    }

    private static String text(byte[] payload) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(payload))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("it is not UTF-8");
        }
    }

    private static String place(@Nullable TokenStreamLocation location) {
        return location == null ? "" : ": look at line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    private static void read(JsonParser parser, Channels.Destination destination, Map<String, String> fields) {
        String name = parser.currentName();
        if (!FIELDS.contains(name)) {
            throw new IllegalArgumentException(
                    "a message has no \"" + shown(name) + "\"; it has " + String.join(", ", FIELDS));
        }
        JsonToken value = parser.nextToken();
        if (name.equals("to") || name.equals("room")) {
            requireSame(name, value, parser, destination);
            return;
        }
        boolean nothing = value == JsonToken.VALUE_NULL && !name.equals("content");
        String json = copy(parser);
        if (!nothing && !name.equals("timestamp") && !(name.startsWith("from") && json.equals("\"\""))) {
            fields.put(name, json);
        }
    }

    private static void requireSame(String name, JsonToken value, JsonParser parser, Channels.Destination destination) {
        if (value == JsonToken.VALUE_NULL) {
            return;
        }
        String text = value == JsonToken.VALUE_STRING ? parser.getString() : null;
        if (text == null) {
            throw new IllegalArgumentException("\"" + name + "\" is text");
        }
        boolean nameWillDo = name.equals("room") == destination.address().startsWith("room:");
        if (!text.isEmpty()
                && !text.equals(destination.address())
                && !(nameWillDo && text.equals(destination.name()))) {
            throw new IllegalArgumentException("\"" + name + "\" says '" + shown(text) + "' and the channel '"
                    + shown(destination.address()) + "': publish it to the channel of who is meant");
        }
    }

    private static String copy(JsonParser parser) {
        StringWriter copy = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(ObjectWriteContext.empty(), copy)) {
            generator.copyCurrentStructureExact(parser);
        }
        return copy.toString();
    }

    private static String written(Channels.Destination destination, Map<String, String> fields) {
        StringWriter written = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), written)) {
            json.writeStartObject();
            json.writeStringProperty("to", destination.address());
            if (fields.containsKey("type")) {
                raw(json, "type", fields.get("type"));
            } else if (destination.type() != null) {
                json.writeStringProperty("type", destination.type());
            }
            raw(json, "id", fields.get("id"));
            raw(json, "ephemeral", fields.get("ephemeral"));
            raw(json, "priority", fields.get("priority"));
            raw(json, "ttl_s", fields.get("ttl_s"));
            content(json, fields);
            json.writeEndObject();
        }
        return written.toString();
    }

    private static void content(JsonGenerator json, Map<String, String> fields) {
        String content = fields.get("content");
        boolean without = content == null || content.equals("null");
        boolean alone = IN_CONTENT.stream().noneMatch(fields::containsKey);
        if (alone) {
            raw(json, "content", content);
        } else if (without && !fields.containsKey("from") && !fields.containsKey("from_name")) {
            raw(json, "content", fields.get("data"));
        } else {
            json.writeName("content");
            json.writeStartObject();
            raw(json, "content", without ? null : content);
            IN_CONTENT.forEach(name -> raw(json, name, fields.get(name)));
            json.writeEndObject();
        }
    }

    private static void raw(JsonGenerator json, String name, @Nullable String value) {
        if (value != null) {
            json.writeName(name);
            json.writeRawValue(value);
        }
    }

    /** A piece of text from outside, fit for a line of a log. */
    static String shown(String text) {
        String one = text.replaceAll("\\p{Cntrl}", "?");
        return one.length() > 60 ? one.substring(0, 60) + "…" : one;
    }
}
