package dev.changecast.client;

import java.io.StringWriter;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes content and messages as JSON. */
final class Json {
    static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /** @throws IllegalArgumentException when it is not one JSON value; the text is not shown, it may be private */
    static void require(String text) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == null) {
                throw new IllegalArgumentException("the content is empty; it is JSON, like {\"title\":\"Hello\"}");
            }
            parser.skipChildren();
            parser.finishToken();
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("the content is more than one JSON value");
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException("the content is not JSON");
        }
    }

    /** @throws IllegalArgumentException when it holds something that has no form in JSON */
    static String of(@Nullable Object content) {
        return content instanceof RawJson raw ? raw.text() : written(json -> write(json, content));
    }

    private static String written(Consumer<JsonGenerator> writing) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            writing.accept(json);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, @Nullable Object value) {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof RawJson raw) {
            json.writeRawValue(raw.text());
        } else if (value instanceof CharSequence || value instanceof Enum<?>) {
            json.writeString(value.toString());
        } else if (value instanceof Boolean flag) {
            json.writeBoolean(flag);
        } else if (value instanceof Number number) {
            write(json, number);
        } else if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            map.forEach((name, each) -> {
                json.writeName(String.valueOf(name));
                write(json, each);
            });
            json.writeEndObject();
        } else if (value instanceof Iterable<?> values) {
            json.writeStartArray();
            values.forEach(each -> write(json, each));
            json.writeEndArray();
        } else if (value.getClass().isArray()) {
            json.writeStartArray();
            for (int i = 0; i < Array.getLength(value); i++) {
                write(json, Array.get(value, i));
            }
            json.writeEndArray();
        } else {
            throw new IllegalArgumentException("content cannot hold a "
                    + value.getClass().getName()
                    + "; there are texts, numbers, flags, maps, collections, and RawJson for what you write yourself");
        }
    }

    private static void write(JsonGenerator json, Number number) {
        if (number instanceof BigDecimal || number instanceof BigInteger) {
            json.writeNumber(new BigDecimal(number.toString()));
        } else if (number instanceof Double || number instanceof Float) {
            double value = number.doubleValue();
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("JSON has no " + value + "; give it as text");
            }
            json.writeNumber(new BigDecimal(number.toString()));
        } else {
            json.writeNumber(number.longValue());
        }
    }

    /** What {@code POST /api/publish} takes: one message as an object, several as an array. */
    static String request(List<Message> messages) {
        return written(json -> {
            if (messages.size() == 1) {
                write(json, messages.get(0), true);
            } else {
                json.writeStartArray();
                messages.forEach(message -> write(json, message, true));
                json.writeEndArray();
            }
        });
    }

    /** What is published to a channel of Redis, whose name says whom it is for. */
    static String payload(Message message) {
        return written(json -> write(json, message, false));
    }

    private static void write(JsonGenerator json, Message message, boolean withAddresses) {
        json.writeStartObject();
        if (withAddresses) {
            json.writeName("to");
            json.writeStartArray();
            message.to().forEach(json::writeString);
            json.writeEndArray();
        }
        json.writeStringProperty("type", message.type());
        json.writeStringProperty("id", message.id());
        if (message.ephemeral()) {
            json.writeBooleanProperty("ephemeral", true);
        }
        if (message.priority() != null) {
            json.writeStringProperty("priority", message.priority().wireName());
        }
        if (message.ttl() != null) {
            json.writeNumberProperty("ttl_s", message.ttl().toSeconds());
        }
        json.writeName("content");
        json.writeRawValue(message.content());
        json.writeEndObject();
    }
}
