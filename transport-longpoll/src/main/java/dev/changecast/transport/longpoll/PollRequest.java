package dev.changecast.transport.longpoll;

import dev.changecast.transport.servlet.Problem;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
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

/**
 * What a client asks in one poll.
 *
 * @param session the session it polls; null to open one
 * @param ack the {@code seq} of the last answer that arrived; 0 when it says nothing of it
 * @param request the number of this request, counted up by the client; 0 when it does not count. Commands of a number
 *     that came before are not given again
 * @param commands JSON objects, as they were sent
 * @param waitSeconds how long it waits for messages
 */
record PollRequest(@Nullable String session, long ack, long request, List<String> commands, int waitSeconds) {
    static final int DEFAULT_WAIT_SECONDS = 25;

    /** Less than the time after which a session that nobody polls ends, and than what proxies wait for an answer. */
    static final int MAX_WAIT_SECONDS = 50;

    /** More than a page subscribes to; each may be as small as two bytes, and is worked on. */
    static final int MAX_COMMANDS = 200;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(34)
                    .maxNumberLength(100)
                    .maxNameLength(1000)
                    .build())
            .build();

    /** A request that cannot be understood. */
    static final class BadRequestException extends Exception {
        private static final long serialVersionUID = 1L;

        private BadRequestException(String message) {
            super(message, null, false, false);
        }

        Problem problem() {
            return Problem.badRequest(String.valueOf(getMessage()));
        }
    }

    /** @param body UTF-8; nothing at all is like <code>{}</code> */
    static PollRequest parse(byte[] body) throws BadRequestException {
        String session = null;
        long ack = 0;
        long request = 0;
        List<String> commands = List.of();
        long waitSeconds = DEFAULT_WAIT_SECONDS;
        if (body.length == 0) {
            return new PollRequest(session, ack, request, commands, DEFAULT_WAIT_SECONDS);
        }
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new BadRequestException(
                        "the body is one JSON object, like {\"commands\":[{\"type\":\"ping\"}],\"wait_s\":25}");
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                boolean isNull = parser.nextToken() == JsonToken.VALUE_NULL;
                switch (name) {
                    case "session" -> session = isNull ? null : text(parser, name);
                    case "ack" -> ack = isNull ? 0 : number(parser, name, Long.MAX_VALUE);
                    case "request" -> request = isNull ? 0 : number(parser, name, Long.MAX_VALUE);
                    case "commands" -> commands = isNull ? List.of() : objects(parser);
                    case "wait_s" ->
                        waitSeconds = isNull ? DEFAULT_WAIT_SECONDS : number(parser, name, MAX_WAIT_SECONDS);
                    default ->
                        throw new BadRequestException("a poll has \"session\", \"ack\", \"request\", \"commands\" and"
                                + " \"wait_s\", and no " + Problem.quoted(shortened(name)));
                }
            }
            if (parser.nextToken() != null) {
                throw new BadRequestException("there is something after the end of the JSON object");
            }
        } catch (JacksonException e) {
            throw new BadRequestException("the body is not JSON in UTF-8: " + e.getOriginalMessage() + ", at character "
                    + e.getLocation().getByteOffset());
        }
        return new PollRequest(session, ack, request, commands, (int) waitSeconds);
    }

    private static String text(JsonParser parser, String name) throws BadRequestException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new BadRequestException("\"" + name + "\" is text");
        }
        return parser.getString();
    }

    private static long number(JsonParser parser, String name, long most) throws BadRequestException {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            try {
                long number = Long.parseLong(parser.getString());
                if (number >= 0 && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Out of bounds, like the others.
            }
        }
        throw new BadRequestException(
                "\"" + name + "\" is a whole number from 0" + (most == Long.MAX_VALUE ? "" : " to " + most));
    }

    private static List<String> objects(JsonParser parser) throws BadRequestException {
        List<String> objects = new ArrayList<>();
        boolean isArray = parser.currentToken() == JsonToken.START_ARRAY;
        while (isArray && parser.nextToken() == JsonToken.START_OBJECT) {
            StringWriter json = new StringWriter();
            try (JsonGenerator copy = JSON.createGenerator(ObjectWriteContext.empty(), json)) {
                copy.copyCurrentStructureExact(parser);
            }
            if (objects.size() == MAX_COMMANDS) {
                throw new BadRequestException(
                        "a poll has " + MAX_COMMANDS + " commands at most; send the others with the next one");
            }
            objects.add(json.toString());
        }
        if (!isArray || parser.currentToken() != JsonToken.END_ARRAY) {
            throw new BadRequestException("\"commands\" is a list of JSON objects");
        }
        return objects;
    }

    private static String shortened(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }
}
