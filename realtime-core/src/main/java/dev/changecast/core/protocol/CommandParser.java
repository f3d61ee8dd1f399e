package dev.changecast.core.protocol;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
import tools.jackson.core.json.JsonFactory;

/** Reads one command. Unknown fields are refused: a misspelt option must not be silently without effect. */
public final class CommandParser {
    private static final int ID_LENGTH = 128;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(32)
                    .maxNumberLength(100)
                    .maxNameLength(1000)
                    .build())
            .build();

    private CommandParser() {}

    /**
     * @throws CommandException with the command's id, where one could be read, and what is wrong
     */
    public static Command parse(String json) throws CommandException {
        Fields fields = new Fields();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw bad("a message is one JSON object, like {\"type\":\"ping\"}");
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                fields.put(name, parser);
            }
            if (parser.nextToken() != null) {
                throw bad("there is something after the end of the JSON object; send one object per message");
            }
            return command(fields);
        } catch (JacksonException e) {
            throw new CommandException(fields.id(), "message", bad("not JSON: " + e.getOriginalMessage()));
        } catch (ChangecastException e) {
            throw new CommandException(fields.id(), fields.context(e), e);
        }
    }

    private static Command command(Fields fields) {
        String type = fields.requiredText("type", "a command has a \"type\", like \"subscribe\"");
        fields.type = type;
        Command command = switch (type) {
            case "subscribe" -> subscribe(fields);
            case "unsubscribe" ->
                new Command.Unsubscribe(
                        fields.id(),
                        fields.requiredText("channel", "unsubscribe needs the \"channel\" that subscribed named"));
            case "ping" -> new Command.Ping(fields.id());
            case "authenticate" -> {
                Value since = fields.take("since");
                yield new Command.Authenticate(
                        fields.id(),
                        // Not quoted in the error, as another field would be: it may be a token in the wrong form.
                        fields.secret("token", "authenticate needs a \"token\""),
                        since == null ? null : since.json);
            }
            case "join_room" -> {
                String room = room(fields, type);
                Value since = fields.take("since");
                yield new Command.JoinRoom(fields.id(), room, since == null ? null : offsets(since));
            }
            case "leave_room" -> new Command.LeaveRoom(fields.id(), room(fields, type));
            case "room_message" ->
                new Command.RoomMessage(
                        fields.id(),
                        fields.requiredText("room", "room_message needs a \"room\""),
                        content(fields, type),
                        fields.optionalText("message_id"),
                        fields.flag("ephemeral"));
            case "chat" ->
                new Command.Chat(
                        fields.id(),
                        fields.requiredText("to", "chat needs \"to\", the id of a user"),
                        content(fields, type),
                        fields.optionalText("message_id"),
                        fields.flag("ephemeral"));
            case "presence" -> new Command.Presence(fields.id(), fields.optionalText("room"));
            case "presence_update" -> {
                String room = fields.requiredText("room", "presence_update needs a \"room\"");
                if (!fields.has("state")) {
                    throw bad("presence_update needs a \"state\": any JSON, null to show nothing any more");
                }
                Value state = fields.take("state");
                yield new Command.PresenceUpdate(fields.id(), room, state == null ? null : state.json);
            }
            default ->
                throw new ChangecastException(
                        ErrorCode.UNKNOWN_TYPE,
                        "there is no command of type '" + shorten(type)
                                + "'; there are subscribe, unsubscribe, join_room, leave_room, room_message, chat,"
                                + " presence, presence_update, authenticate and ping");
        };
        fields.noneLeft(type);
        return command;
    }

    /** The name may stand as {@code content}, too. */
    private static String room(Fields fields, String type) {
        String otherwise = type + " needs a \"room\"";
        return fields.has("room") ? fields.requiredText("room", otherwise) : fields.requiredText("content", otherwise);
    }

    private static String content(Fields fields, String type) {
        Value content = fields.take("content");
        if (content == null) {
            throw bad(type + " needs a \"content\": any JSON but null");
        }
        return content.json;
    }

    private static Command subscribe(Fields fields) {
        String collection = fields.requiredText("collection", "subscribe needs a \"collection\"");
        Value filter = fields.take("filter");
        if (filter != null && !filter.json.startsWith("{")) {
            throw new ChangecastException(
                    ErrorCode.BAD_FILTER, "a filter is an object, like {\"floor_number\":1}, not " + filter.json);
        }
        Value columns = fields.take("columns");
        boolean snapshot = true;
        List<String> orderBy = List.of();
        int limit = 0;
        Value wanted = fields.take("snapshot");
        if (wanted != null) {
            switch (wanted.json.charAt(0)) {
                case 't' -> snapshot = true;
                case 'f' -> snapshot = false;
                case '{' -> {
                    Fields options = wanted.fields();
                    Value order = options.take("order_by");
                    orderBy = order == null ? List.of() : order.texts("order_by");
                    limit = options.number("limit", 0, 1, Integer.MAX_VALUE);
                    options.noneLeft("snapshot");
                }
                default -> throw bad("\"snapshot\" is true, false or {\"order_by\":…,\"limit\":…}, not " + wanted.json);
            }
        }
        Value since = fields.take("since");
        Value batch = fields.take("batch");
        return new Command.Subscribe(
                fields.id(),
                collection,
                filter == null ? "{}" : filter.json,
                columns == null ? null : columns.texts("columns"),
                snapshot,
                orderBy,
                limit,
                since == null ? null : offsets(since),
                fields.optionalText("channel"),
                fields.flag("conflate"),
                batch == null ? null : batch(batch));
    }

    private static Command.Batch batch(Value value) {
        if (!value.json.startsWith("{")) {
            throw bad("\"batch\" is an object like {\"max\":50,\"delay_ms\":100}, not " + value.json);
        }
        Fields options = value.fields();
        Command.Batch batch =
                new Command.Batch(options.number("max", 50, 1, 10_000), options.number("delay_ms", 100, 0, 60_000));
        options.noneLeft("batch");
        return batch;
    }

    /**
     * Reads offsets by source, as a handshake gives them.
     *
     * @throws ChangecastException with {@link ErrorCode#BAD_OFFSET} when it is no JSON object of texts
     */
    public static Map<String, String> offsets(String json) {
        try {
            return offsets(new Value(json.strip(), null));
        } catch (JacksonException e) {
            throw new ChangecastException(ErrorCode.BAD_OFFSET, "\"since\" is not JSON: " + e.getOriginalMessage());
        } catch (ChangecastException e) {
            throw new ChangecastException(ErrorCode.BAD_OFFSET, String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, String> offsets(Value value) {
        if (!value.json.startsWith("{")) {
            throw new ChangecastException(
                    ErrorCode.BAD_OFFSET,
                    "\"since\" is an object of offsets by source, like {\"pg\":\"…\"}, not " + shorten(value.json));
        }
        Map<String, String> offsets = new LinkedHashMap<>();
        Fields fields = value.fields();
        for (String source : fields.names()) {
            offsets.put(source, fields.requiredText(source, "an offset is text"));
        }
        return offsets;
    }

    private static ChangecastException bad(String message) {
        return new ChangecastException(ErrorCode.BAD_MESSAGE, message);
    }

    private static String shorten(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }

    /** One value, as the client sent it. */
    private record Value(String json, @Nullable String text) {
        List<String> texts(String name) {
            List<String> texts = new ArrayList<>();
            try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
                JsonToken token = parser.nextToken();
                if (token == JsonToken.VALUE_STRING) {
                    return List.of(parser.getString());
                }
                if (token == JsonToken.START_ARRAY) {
                    while ((token = parser.nextToken()) == JsonToken.VALUE_STRING) {
                        texts.add(parser.getString());
                    }
                    if (token == JsonToken.END_ARRAY) {
                        return texts;
                    }
                }
            }
            throw bad("\"" + name + "\" is a list of names, not " + shorten(json));
        }

        Fields fields() {
            Fields fields = new Fields();
            try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
                parser.nextToken();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    fields.put(name, parser);
                }
            }
            return fields;
        }
    }

    /** The fields of an object, taken one by one until none is left. */
    private static final class Fields {
        private final Map<String, Value> values = new LinkedHashMap<>();
        private @Nullable String id;
        private @Nullable String type;

        void put(String name, JsonParser parser) {
            String text = parser.currentToken() == JsonToken.VALUE_STRING ? parser.getString() : null;
            StringWriter json = new StringWriter();
            try (JsonGenerator copy = JSON.createGenerator(ObjectWriteContext.empty(), json)) {
                copy.copyCurrentStructureExact(parser);
            }
            if (name.equals("id")) {
                String given = json.toString();
                boolean textOrNumber = "\"-0123456789".indexOf(given.charAt(0)) >= 0;
                if (given.length() > ID_LENGTH || !textOrNumber && !given.equals("null")) {
                    throw bad("an \"id\" is text or a number of at most " + ID_LENGTH + " characters");
                }
                id = textOrNumber ? given : null;
            } else {
                values.put(name, new Value(json.toString(), text));
            }
        }

        @Nullable
        String id() {
            return id;
        }

        /** What an error belongs to. */
        String context(ChangecastException problem) {
            return problem.code() == ErrorCode.UNKNOWN_TYPE ? "type" : type == null ? "message" : type;
        }

        List<String> names() {
            return List.copyOf(values.keySet());
        }

        @Nullable
        Value take(String name) {
            Value value = values.remove(name);
            return value == null || value.json.equals("null") ? null : value;
        }

        String requiredText(String name, String otherwise) {
            String text = optionalText(name);
            if (text == null) {
                throw bad(otherwise);
            }
            return text;
        }

        String secret(String name, String otherwise) {
            Value value = take(name);
            if (value == null || value.text == null) {
                throw bad(otherwise);
            }
            return value.text;
        }

        @Nullable
        String optionalText(String name) {
            Value value = take(name);
            if (value != null && value.text == null) {
                throw bad("\"" + name + "\" is text, not " + shorten(value.json));
            }
            return value == null ? null : value.text;
        }

        boolean flag(String name) {
            Value value = take(name);
            if (value == null || value.json.equals("false")) {
                return false;
            }
            if (value.json.equals("true")) {
                return true;
            }
            throw bad("\"" + name + "\" is true or false, not " + shorten(value.json));
        }

        int number(String name, int fallback, int least, int most) {
            Value value = take(name);
            if (value == null) {
                return fallback;
            }
            try {
                int number = Integer.parseInt(value.json);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // The same error as for a number out of bounds.
            }
            throw bad("\"" + name + "\" is a whole number from " + least + " to " + most + ", not "
                    + shorten(value.json));
        }

        boolean has(String name) {
            return values.containsKey(name);
        }

        void noneLeft(String where) {
            if (!values.isEmpty()) {
                throw bad(where + " has no \""
                        + shorten(values.keySet().iterator().next()) + "\"");
            }
        }
    }
}
