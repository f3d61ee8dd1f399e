package dev.changecast.server.publish;

import dev.changecast.core.Changecast;
import dev.changecast.core.OpenSession;
import dev.changecast.core.Refusals;
import dev.changecast.core.Revocation;
import dev.changecast.server.config.ApiKeys;
import dev.changecast.server.http.DeferredEndpoint;
import dev.changecast.server.http.Request;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What servers with an API key may do with sessions: look at them, end them, and make tokens void. */
public final class SessionEndpoints {
    /** How many sessions one answer tells of. */
    private static final int MOST_SESSIONS = 1000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private SessionEndpoints() {}

    /** {@code POST /api/revoke}: {@code {"token_id"}} or {@code {"user", "before"?}}, both with {@code "until"?}. */
    public static DeferredEndpoint revoke(ApiKeys keys, Changecast changecast) {
        return KeyedEndpoint.ofJson(
                new KeyedAccess(keys, "revoke"),
                "POST",
                request -> count("ended", revoke(fields(request), changecast)));
    }

    private static int revoke(JsonNode fields, Changecast changecast) {
        onlyKnown(fields, Set.of("token_id", "user", "before", "until"));
        String token = text(fields, "token_id");
        String user = text(fields, "user");
        if ((token == null) == (user == null)) {
            throw new IllegalArgumentException("name what is void: \"token_id\" or \"user\"");
        }
        Revocation revocation = token != null ? Revocation.ofToken(token) : Revocation.ofUser(String.valueOf(user));
        Instant before = time(fields, "before");
        Instant until = time(fields, "until");
        if (before != null && token != null) {
            throw new IllegalArgumentException("\"before\" goes with \"user\": a token is void as a whole");
        }
        if (until != null && !until.isAfter(Instant.now())) {
            throw new IllegalArgumentException("\"until\" is when the last of the tokens expires; that is over");
        }
        revocation = before == null ? revocation : revocation.before(before);
        return changecast.revoke(until == null ? revocation : revocation.until(until));
    }

    /** {@code POST /api/disconnect}: {@code {"user"}} or {@code {"session"}}. */
    public static DeferredEndpoint disconnect(ApiKeys keys, Operators operators, Changecast changecast) {
        return KeyedEndpoint.ofJson(
                new KeyedAccess(keys, operators, "disconnect"),
                "POST",
                request -> count("ended", disconnect(fields(request), changecast)));
    }

    private static int disconnect(JsonNode fields, Changecast changecast) {
        onlyKnown(fields, Set.of("user", "session"));
        String user = text(fields, "user");
        String session = text(fields, "session");
        if ((user == null) == (session == null)) {
            throw new IllegalArgumentException("name whom to disconnect: \"user\" or \"session\"");
        }
        return user != null
                ? changecast.disconnectUser(user)
                : changecast.disconnectSession(String.valueOf(session)) ? 1 : 0;
    }

    /**
     * {@code GET /api/sessions}: the oldest ones, with {@code ?user=} of one user alone, with {@code ?search=} those that
     * have this in their name, user, address, transport or a role; {@code ?offset=} and {@code ?limit=} for page after page.
     */
    public static DeferredEndpoint sessions(ApiKeys keys, Operators operators, Changecast changecast) {
        return KeyedEndpoint.ofJson(
                new KeyedAccess(keys, operators, "see sessions"),
                "GET",
                request -> sessions(changecast.openSessions(), request).set("refused", refused(changecast.refusals())));
    }

    private static ObjectNode refused(Refusals refusals) {
        ObjectNode answer = JSON.createObjectNode();
        ObjectNode errors = answer.putObject("errors");
        new TreeMap<>(refusals.errors()).forEach((code, count) -> errors.put(code.wireName(), count));
        ObjectNode closes = answer.putObject("closes");
        new TreeMap<>(refusals.closes()).forEach((code, count) -> closes.put(code.toString(), count));
        return answer;
    }

    private static ObjectNode sessions(List<OpenSession> open, Request request) {
        Optional<String> user = request.parameter("user");
        String search = request.parameter("search").orElse("").strip().toLowerCase(Locale.ROOT);
        int offset = count(request, "offset", 0, Integer.MAX_VALUE);
        int limit = count(request, "limit", MOST_SESSIONS, MOST_SESSIONS);
        List<OpenSession> found = open.stream()
                .filter(session -> user.isEmpty() || user.get().equals(session.user()))
                .filter(session -> search.isEmpty() || matches(session, search))
                .toList();
        ObjectNode answer = JSON.createObjectNode().put("total", open.size()).put("found", found.size());
        ArrayNode sessions = answer.putArray("sessions");
        found.stream().skip(offset).limit(limit).forEach(session -> {
            ObjectNode each =
                    sessions.addObject().put("session", session.session()).put("user", session.user());
            ArrayNode roles = each.putArray("roles");
            session.roles().stream().sorted().forEach(roles::add);
            Instant expires = session.expiresAt();
            each.put("identified", session.identified())
                    .put("transport", session.transport())
                    .put("address", session.address())
                    .put("opened_at", session.openedAt().toString())
                    .put("expires_at", expires == null ? null : expires.toString());
        });
        return answer;
    }

    private static boolean matches(OpenSession session, String search) {
        return Stream.concat(
                        Stream.of(session.session(), session.address(), session.transport()),
                        Stream.concat(session.roles().stream(), Optional.ofNullable(session.user()).stream()))
                .anyMatch(text -> text.toLowerCase(Locale.ROOT).contains(search));
    }

    private static int count(Request request, String name, int usual, int most) {
        String given = request.parameter(name).orElse("");
        try {
            int count = given.isEmpty() ? usual : Integer.parseInt(given);
            if (count >= 0 && count <= most) {
                return count;
            }
        } catch (NumberFormatException e) {
            // The same error as for a number that is out of bounds.
        }
        throw new IllegalArgumentException("\"" + name + "\" is a number from 0 to " + most);
    }

    private static JsonNode count(String name, int count) {
        return JSON.createObjectNode().put(name, count);
    }

    static JsonNode fields(Request request) {
        try {
            JsonNode body = JSON.readTree(request.body());
            if (body.isObject()) {
                return body;
            }
        } catch (JacksonException e) {
            // The same error as for other JSON than an object.
        }
        throw new IllegalArgumentException("the body is one JSON object in UTF-8");
    }

    static void onlyKnown(JsonNode fields, Set<String> known) {
        for (String name : fields.propertyNames()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("there is no such field; there are "
                        + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    static @Nullable String text(JsonNode fields, String name) {
        JsonNode value = fields.get(name);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isString()) {
            throw new IllegalArgumentException("\"" + name + "\" is text");
        }
        return value.asString();
    }

    private static @Nullable Instant time(JsonNode fields, String name) {
        String text = text(fields, name);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("\"" + name + "\" is a time like 2026-01-02T03:04:05Z");
        }
    }
}
