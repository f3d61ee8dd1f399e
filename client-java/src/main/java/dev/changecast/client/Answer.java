package dev.changecast.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/** The body of an answer of {@code POST /api/publish}, of which fields that it does not know are skipped. */
final class Answer {
    private static final int ONE = 0;

    /** Of each message; empty when the answer tells none. */
    private final List<@Nullable String> offsets = new ArrayList<>();

    private final Set<Integer> repeated = new HashSet<>();
    private final Map<Integer, String> errors = new HashMap<>();
    private String message = "";
    private int code;

    private Answer() {}

    /** What a body says; of one that is no JSON object, nothing. */
    static Answer of(String body) {
        Answer answer = new Answer();
        try (JsonParser parser = Json.FACTORY.createParser(ObjectReadContext.empty(), body)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = parser.currentName();
                    answer.read(name, parser.nextToken(), parser);
                }
            }
            return answer;
        } catch (JacksonException e) {
            return new Answer();
        }
    }

    private void read(String name, JsonToken value, JsonParser parser) {
        if (name.equals("offset") && offsets.isEmpty()) {
            offsets.add(text(value, parser));
        } else if (name.equals("offsets") && value == JsonToken.START_ARRAY) {
            offsets.clear();
            for (JsonToken each = parser.nextToken(); each != JsonToken.END_ARRAY; each = parser.nextToken()) {
                offsets.add(text(each, parser));
            }
        } else if (name.equals("repeated") && value == JsonToken.VALUE_TRUE) {
            repeated.add(ONE);
        } else if (name.equals("repeated") && value == JsonToken.START_ARRAY) {
            for (JsonToken each = parser.nextToken(); each != JsonToken.END_ARRAY; each = parser.nextToken()) {
                repeated.add(each == JsonToken.VALUE_NUMBER_INT ? parser.getIntValue() : -1);
            }
        } else if (name.equals("errors") && value == JsonToken.START_ARRAY) {
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                readError(parser);
            }
        } else if (name.equals("message") && value == JsonToken.VALUE_STRING) {
            message = parser.getString();
        } else if (name.equals("code") && value == JsonToken.VALUE_NUMBER_INT) {
            code = parser.getIntValue();
        } else {
            parser.skipChildren();
        }
    }

    private void readError(JsonParser parser) {
        int index = -1;
        String why = "";
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("index") && value == JsonToken.VALUE_NUMBER_INT) {
                index = parser.getIntValue();
            } else if (name.equals("message") && value == JsonToken.VALUE_STRING) {
                why = parser.getString();
            } else {
                parser.skipChildren();
            }
        }
        if (index >= 0) {
            errors.put(index, why);
        }
    }

    private static @Nullable String text(JsonToken value, JsonParser parser) {
        if (value == JsonToken.VALUE_STRING) {
            return parser.getString();
        }
        parser.skipChildren();
        return null;
    }

    /** Whether it tells the places of so many messages. */
    boolean tellsOf(int messages) {
        return offsets.size() == messages;
    }

    Receipt receipt(int index, String id) {
        return new Receipt(id, offsets.get(index), repeated.contains(index));
    }

    /** What is wrong with a message of an array; null when that is not said. */
    @Nullable
    String error(int index) {
        return errors.get(index);
    }

    boolean tellsWhich() {
        return !errors.isEmpty();
    }

    /** What the server says is wrong; empty when it says nothing. */
    String message() {
        return message;
    }

    int code() {
        return code;
    }
}
