package dev.changecast.server.dashboard;

import dev.changecast.api.ErrorCode;
import dev.changecast.core.Changecast;
import dev.changecast.core.Explanation;
import dev.changecast.core.Identity;
import dev.changecast.server.config.ApiKeys;
import dev.changecast.server.http.DeferredEndpoint;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import dev.changecast.server.http.StaticFiles;
import dev.changecast.server.publish.KeyedAccess;
import dev.changecast.server.publish.KeyedEndpoint;
import dev.changecast.server.publish.Operators;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The page for operators, and what it asks. */
public final class DashboardEndpoints {
    private static final List<String> FILES = List.of(
            "index.html",
            "dashboard.css",
            "dashboard.js",
            "overview.js",
            "plot.js",
            "sessions.js",
            "changes.js",
            "access.js",
            "page.js",
            "icon.svg");

    /** How many relations one answer tells of. */
    private static final int MOST_EXPLAINED = 500;

    /** How many collections somebody may listen to at once, as a session may have so many subscriptions. */
    private static final int MOST_COLLECTIONS = 1000;

    private static final JsonMapper JSON = new JsonMapper();

    private final ApiKeys keys;
    private final Operators operators;
    private final Changecast changecast;

    /** @param operators who besides the holders of keys may look */
    public DashboardEndpoints(ApiKeys keys, Operators operators, Changecast changecast) {
        this.keys = keys;
        this.operators = operators;
        this.changecast = changecast;
    }

    /** {@code /dashboard/}: the page. It holds nothing that anybody may not see. */
    public static Endpoint page() {
        return new StaticFiles(DashboardEndpoints.class, "/dashboard/", FILES);
    }

    /** {@code /dashboard}: leads to the page, also behind a proxy that has put a path before it. */
    public static Endpoint toPage() {
        return request -> Reply.text(308, "The dashboard is at dashboard/\n").with("Location", "dashboard/");
    }

    /** {@code GET /api/statistics}: how the server is doing, and since {@code ?from=} how it was doing. */
    public DeferredEndpoint statistics(Dashboard dashboard) {
        KeyedAccess access = access("see statistics");
        return endpoint(access, "GET", (request, identity) -> {
            Moment moment = dashboard.latest();
            if (moment == null) {
                return done(access.error(503, ErrorCode.BUSY, "the server has just begun; try again in a moment"));
            }
            long from =
                    request.parameter("from").map(DashboardEndpoints::number).orElse(0L);
            ObjectNode answer = JSON.createObjectNode();
            answer.put("time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
            answer.put("started_at", moment.statistics().startedAt().toString());
            answer.put("every", Dashboard.EVERY_SECONDS);
            answer.put("may_end_sessions", access.mayEndSessions(request));
            ArrayNode troubles = answer.putArray("troubles");
            dashboard
                    .troubles(moment)
                    .forEach(trouble -> troubles.addObject()
                            .put("severe", trouble.severe())
                            .put("about", trouble.about())
                            .put("text", trouble.text()));
            answer.set("now", StatisticsJson.of(moment));
            String text = answer.toString();
            return done(Reply.json(
                    200,
                    text.substring(0, text.length() - 1) + ",\"history\":"
                            + dashboard.samples().json(from) + "}"));
        });
    }

    /** {@code GET /api/session?session=}: all about one session. */
    public DeferredEndpoint session() {
        KeyedAccess access = access("see sessions");
        return endpoint(access, "GET", (request, identity) -> {
            String name = request.parameter("session")
                    .orElseThrow(() -> new IllegalArgumentException("name a session: ?session=<its name>"));
            return changecast
                    .session(name)
                    .thenApply(found -> found.map(detail ->
                                    Reply.json(200, SessionJson.of(detail).toString()))
                            .orElseGet(() ->
                                    access.error(404, ErrorCode.BAD_MESSAGE, "there is no open session of this name")));
        });
    }

    /**
     * {@code GET /api/explain}: what somebody may see, a session's client with {@code ?session=}, or else whoever has this
     * {@code user}, these {@code roles} and {@code claims}.
     */
    public DeferredEndpoint explain() {
        KeyedAccess access = access("see what others may see");
        return endpoint(access, "GET", (request, identity) -> {
            Optional<String> session = request.parameter("session");
            if (session.isEmpty()) {
                return done(Reply.json(200, explained(asked(request), request).toString()));
            }
            return changecast
                    .session(session.get())
                    .thenApply(found -> found.map(detail -> Reply.json(
                                    200, explained(detail.identity(), request).toString()))
                            .orElseGet(() ->
                                    access.error(404, ErrorCode.BAD_MESSAGE, "there is no open session of this name")));
        });
    }

    private ObjectNode explained(Identity identity, Request request) {
        Optional<String> collection = request.parameter("collection").filter(name -> !name.isEmpty());
        List<Explanation> all = changecast.explain(identity).stream()
                .filter(one -> collection.isEmpty() || collection.get().equals(one.collection()))
                .toList();
        ObjectNode answer = JSON.createObjectNode();
        answer.set("identity", SessionJson.identity(identity));
        answer.put("total", all.size());
        ArrayNode collections = answer.putArray("collections");
        all.stream().limit(MOST_EXPLAINED).forEach(one -> {
            ObjectNode each = (ObjectNode) JSON.readTree(one.json());
            if (one.denied() == null) {
                each.put("words", one.rows());
            }
            collections.add(each);
        });
        return answer;
    }

    /** Whom the parameters describe. */
    private static Identity asked(Request request) {
        List<String> roles = request.parameter("roles")
                .map(text -> List.of(text.split(",")).stream()
                        .map(String::strip)
                        .filter(role -> !role.isEmpty())
                        .toList())
                .orElse(List.of());
        Map<String, String> claims = new LinkedHashMap<>();
        Map<String, List<String>> lists = new LinkedHashMap<>();
        request.parameter("claims").filter(text -> !text.isBlank()).ifPresent(text -> claims(text, claims, lists));
        return new Identity(
                request.parameter("user").filter(user -> !user.isEmpty()).orElse(null),
                Set.copyOf(roles),
                claims,
                lists);
    }

    private static void claims(String text, Map<String, String> claims, Map<String, List<String>> lists) {
        JsonNode object;
        try {
            object = JSON.readTree(text);
        } catch (JacksonException e) {
            object = JSON.missingNode();
        }
        if (!object.isObject()) {
            throw new IllegalArgumentException("\"claims\" is a JSON object, such as {\"tenant\":\"7\"}");
        }
        object.properties().forEach(claim -> {
            if (claim.getValue().isArray()) {
                List<String> values = new ArrayList<>();
                claim.getValue().forEach(value -> values.add(text(claim.getKey(), value)));
                lists.put(claim.getKey(), values);
            } else {
                claims.put(claim.getKey(), text(claim.getKey(), claim.getValue()));
            }
        });
    }

    private static String text(String claim, JsonNode value) {
        if (!value.isValueNode() || value.isNull()) {
            throw new IllegalArgumentException(
                    "the claim \"" + claim + "\" is a text, a number, true or false, or a list of these");
        }
        return value.asString();
    }

    /**
     * {@code GET /api/tail}: a token with which an operator may listen as clients do, and the collections that there are
     * for it.
     */
    public DeferredEndpoint tail(TailTokens tokens, boolean anonymousClients) {
        KeyedAccess access = access("listen to changes");
        return endpoint(access, "GET", (request, identity) -> {
            if (!access.mayEndSessions(request) && !anonymousClients) {
                return done(access.error(
                        403,
                        ErrorCode.FORBIDDEN,
                        "without a key you are nobody here, and clients have to show a token; see auth.anonymous"));
            }
            ObjectNode answer = JSON.createObjectNode().put("token", tokens.give(identity));
            answer.set("identity", SessionJson.identity(identity));
            ArrayNode collections = answer.putArray("collections");
            changecast.explain(identity).stream()
                    .filter(one -> one.denied() == null)
                    .map(Explanation::collection)
                    .distinct()
                    .sorted()
                    .limit(MOST_COLLECTIONS)
                    .forEach(collections::add);
            return done(Reply.json(200, answer.toString()));
        });
    }

    private KeyedAccess access(String what) {
        return new KeyedAccess(keys, operators, what);
    }

    private static CompletionStage<Reply> done(Reply reply) {
        return CompletableFuture.completedFuture(reply);
    }

    private static long number(String text) {
        try {
            return Math.max(0, Long.parseLong(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"from\" is the \"next\" of an earlier answer");
        }
    }

    private static DeferredEndpoint endpoint(
            KeyedAccess access, String method, BiFunction<Request, Identity, CompletionStage<Reply>> action) {
        return new KeyedEndpoint(access, method, request -> action.apply(request, access.reader(request)));
    }
}
