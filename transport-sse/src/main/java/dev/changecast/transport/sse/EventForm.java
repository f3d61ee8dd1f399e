package dev.changecast.transport.sse;

import dev.changecast.api.transport.Payload;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * A message as an event, made once for all sessions that get it, and what it says about resuming.
 *
 * @param event the lines of the event, with the empty one that ends it; what a session adds comes before them
 * @param type the message's type
 * @param id of the command it answers
 * @param channel it belongs to
 * @param offsets from where a client could go on after it; empty when it says nothing of that
 */
record EventForm(
        byte[] event,
        String type,
        @Nullable String id,
        @Nullable String channel,
        Map<String, String> offsets) {
    static final Payload.Framing<EventForm> FRAMING = new Payload.Framing<>() {
        @Override
        public Class<EventForm> type() {
            return EventForm.class;
        }

        @Override
        public EventForm frame(byte[] json) {
            return of(json);
        }
    };

    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);

    private static EventForm of(byte[] json) {
        Fields fields = new Fields();
        try (JsonParser parser = Json.parser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                fields.read(parser);
            }
        } catch (JacksonException e) {
            // What is no message of the protocol passes as it is.
            fields = new Fields();
        }
        return new EventForm(event(json), fields.type, fields.id, fields.channel, fields.resumable());
    }

    /** Line breaks in JSON are blanks; in an event they would end the line. */
    private static byte[] event(byte[] json) {
        byte[] event = new byte[DATA.length + json.length + 2];
        System.arraycopy(DATA, 0, event, 0, DATA.length);
        for (int i = 0; i < json.length; i++) {
            byte b = json[i];
            event[DATA.length + i] = b == '\n' || b == '\r' ? (byte) ' ' : b;
        }
        event[event.length - 2] = '\n';
        event[event.length - 1] = '\n';
        return event;
    }

    private static final class Fields {
        private String type = "";
        private @Nullable String id;
        private @Nullable String channel;
        private @Nullable String source;
        private @Nullable String offset;
        private boolean isChange;
        private boolean commit;
        private final Map<String, String> offsets = new LinkedHashMap<>();

        void read(JsonParser parser) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (name) {
                case "type" -> type = value == JsonToken.VALUE_STRING ? parser.getString() : "";
                case "id" -> id = text(parser);
                case "channel" -> channel = text(parser);
                case "source" -> source = text(parser);
                case "offset" -> offset = text(parser);
                case "action" -> isChange = true;
                case "commit" -> commit = value == JsonToken.VALUE_TRUE;
                case "offsets" -> readOffsets(parser);
                default -> {}
            }
            parser.skipChildren();
        }

        private static @Nullable String text(JsonParser parser) {
            return parser.currentToken() == JsonToken.VALUE_STRING ? parser.getString() : null;
        }

        private void readOffsets(JsonParser parser) {
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    String text = text(parser);
                    if (text != null) {
                        offsets.put(name, text);
                    }
                    parser.skipChildren();
                }
            }
        }

        /**
         * As clients keep them: from the end of a transaction, from a published message, which is whole by itself, and
         * from what says that all before it was sent.
         */
        Map<String, String> resumable() {
            if (source != null && offset != null && (commit || !isChange)) {
                return Map.of(source, offset);
            }
            return !isChange && (type.equals("ready") || type.equals("heartbeat")) ? Map.copyOf(offsets) : Map.of();
        }
    }
}
