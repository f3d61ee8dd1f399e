package dev.changecast.core.publish;

import static dev.changecast.core.publish.MessageCheck.bad;
import static dev.changecast.core.publish.MessageCheck.shown;

import dev.changecast.api.ChangecastException;
import dev.changecast.core.Address;
import dev.changecast.core.Message;
import dev.changecast.core.Priority;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectWriteContext;

/**
 * Reads what a server publishes: one message as a JSON object, or several in an array. Everything that is wrong is found
 * at once, so that a publisher need not try again and again.
 */
public final class MessageParser {
    /** How many messages one request may hold. */
    public static final int MOST_MESSAGES = 1000;

    private MessageParser() {}

    /**
     * What was read.
     *
     * @param messages those that are right; all of them when there is no problem
     * @param several whether it was an array
     */
    public record Parsed(List<Message> messages, boolean several, List<Problem> problems) {}

    /**
     * What is wrong with one message.
     *
     * @param index its place in the array; -1 when the request is not an array, or is wrong as a whole
     */
    public record Problem(int index, String message) {}

    /** Reads a request; what is wrong with it is told by the result. */
    public static Parsed parse(String json) {
        List<Message> messages = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        boolean several = false;
        try (JsonParser parser = MessageCheck.JSON.createParser(tools.jackson.core.ObjectReadContext.empty(), json)) {
            JsonToken first = parser.nextToken();
            several = first == JsonToken.START_ARRAY;
            if (several) {
                for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                    read(parser, i, messages, problems);
                }
                if (messages.size() + problems.size() > MOST_MESSAGES) {
                    problems.add(new Problem(-1, "a request holds " + MOST_MESSAGES + " messages at most"));
                } else if (messages.isEmpty() && problems.isEmpty()) {
                    problems.add(new Problem(-1, "the array is empty; there is nothing to publish"));
                }
            } else {
                read(parser, -1, messages, problems);
            }
            if (parser.nextToken() != null) {
                problems.add(new Problem(-1, "there is something after the end of the JSON value"));
            }
        } catch (JacksonException e) {
            problems.add(new Problem(-1, "not JSON: " + e.getOriginalMessage()));
        }
        return new Parsed(messages, several, problems);
    }

    private static void read(JsonParser parser, int index, List<Message> messages, List<Problem> problems) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            problems.add(new Problem(
                    index,
                    "a message is an object like {\"to\":\"user:42\",\"type\":\"notification\",\"content\":{…}}"));
            return;
        }
        Fields fields = new Fields();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            fields.read(name, parser);
        }
        try {
            messages.add(fields.message());
        } catch (ChangecastException e) {
            problems.add(new Problem(index, String.valueOf(e.getMessage())));
        }
    }

    /** The fields of one message. */
    private static final class Fields {
        private final List<String> problems = new ArrayList<>();
        private @Nullable List<Address> to;
        private @Nullable String type;
        private @Nullable String content;
        private @Nullable String id;
        private boolean ephemeral;
        private @Nullable Priority priority;
        private @Nullable Duration ttl;

        void read(String name, JsonParser parser) {
            if (parser.currentToken() == JsonToken.VALUE_NULL && !name.equals("content")) {
                return;
            }
            switch (name) {
                case "to" -> to = addresses(parser);
                case "type" -> type = text(name, parser);
                case "id" -> id = text(name, parser);
                case "content" -> content = json(parser);
                case "ephemeral" -> {
                    if (parser.currentToken() == JsonToken.VALUE_TRUE
                            || parser.currentToken() == JsonToken.VALUE_FALSE) {
                        ephemeral = parser.getBooleanValue();
                    } else {
                        wrong("\"ephemeral\" is true or false", parser);
                    }
                }
                case "priority" -> {
                    String said = text(name, parser);
                    priority = said == null ? null : Priority.of(said).orElse(null);
                    if (said != null && priority == null) {
                        problems.add("\"priority\" is high, normal or low, not '" + shown(said) + "'");
                    }
                }
                case "ttl_s" -> {
                    // More digits than that are out of bounds, too, and would not fit.
                    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                            && parser.getString().length() <= 12) {
                        ttl = Duration.ofSeconds(parser.getLongValue());
                    } else {
                        wrong("\"ttl_s\" is a whole number of seconds", parser);
                    }
                }
                default ->
                    wrong(
                            "a message has no \"" + shown(name)
                                    + "\"; it has \"to\", \"type\", \"content\", \"id\", \"ephemeral\", \"priority\" and"
                                    + " \"ttl_s\"",
                            parser);
            }
        }

        private void wrong(String why, JsonParser parser) {
            problems.add(why);
            parser.skipChildren();
        }

        private @Nullable String text(String name, JsonParser parser) {
            if (parser.currentToken() == JsonToken.VALUE_STRING) {
                return parser.getString();
            }
            wrong("\"" + name + "\" is text", parser);
            return null;
        }

        private static String json(JsonParser parser) {
            StringWriter copy = new StringWriter();
            try (JsonGenerator generator = MessageCheck.JSON.createGenerator(ObjectWriteContext.empty(), copy)) {
                generator.copyCurrentStructureExact(parser);
            }
            return copy.toString();
        }

        private List<Address> addresses(JsonParser parser) {
            List<Address> addresses = new ArrayList<>();
            if (parser.currentToken() == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    address(parser, addresses);
                }
            } else {
                address(parser, addresses);
            }
            return addresses;
        }

        private void address(JsonParser parser, List<Address> addresses) {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                wrong("\"to\" is an address like \"user:42\", or a list of them", parser);
                return;
            }
            try {
                addresses.add(Address.parse(parser.getString()));
            } catch (ChangecastException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }

        Message message() {
            if (to == null) {
                problems.add("\"to\" is missing: broadcast, user:<id>, role:<role>, room:<name>, or a list of them");
            }
            if (type == null && problems.stream().noneMatch(problem -> problem.startsWith("\"type\""))) {
                problems.add("\"type\" is missing: notification, broadcast, data_update, chat, or a name of your own");
            }
            if (content == null) {
                problems.add("\"content\" is missing");
            }
            if (problems.isEmpty()) {
                return new Message(to, type, content, id, ephemeral, priority, ttl, null);
            }
            // What is there is looked at all the same, so that everything is told at once.
            try {
                new Message(
                        to == null || to.isEmpty() ? List.of(Address.broadcast()) : to,
                        type == null ? "notification" : type,
                        content == null ? "{}" : content,
                        id,
                        ephemeral,
                        priority,
                        ttl,
                        null);
            } catch (ChangecastException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
            throw bad(String.join("; ", problems));
        }
    }
}
