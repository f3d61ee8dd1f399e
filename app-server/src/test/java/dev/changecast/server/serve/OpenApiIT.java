package dev.changecast.server.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import dev.changecast.testing.TestClient;
import io.swagger.v3.parser.OpenAPIV3Parser;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The description of the HTTP API is one, and the server does what it says: no more, and no less. */
class OpenApiIT {
    private static final String KEY = "k-0123456789-0123456789";
    private static final String DESCRIPTION = "/api/openapi.json";
    private static final JsonMapper JSON = new JsonMapper();
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDialect(Dialects.getOpenApi31());

    /** What cannot be brought about here: a fault, a disk that takes nothing, 200 000 revocations. */
    private static final Set<String> NOT_TO_BE_HAD = Set.of("500", "503");

    private static final String CONFIGURATION = """
        server: { port: 0 }
        auth: { anonymous: true, api_keys: ["%s"] }
        limits: { message_bytes: 1KiB, publishes_per_second: 100 }
        history: { directory: none }
        rooms: [ { room: "*", join: everyone, send: everyone } ]
        """.formatted(KEY);

    private static final String WITHOUT_KEYS = """
        server: { port: 0 }
        auth: { anonymous: true }
        history: { directory: none }
        redis_pubsub: { url: "redis://127.0.0.1:1" }
        """;

    private static Server server;
    private static Server keyless;
    private static JsonNode description;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws Exception {
        server = InProcess.started(CONFIGURATION);
        keyless = InProcess.started(WITHOUT_KEYS);
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(server.url() + DESCRIPTION))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/json");
        description = JSON.readTree(answer.body());
    }

    @AfterAll
    static void stop() {
        server.close();
        keyless.close();
    }

    // ---- The description itself

    @Test
    void theDescriptionIsOneOfItsVersion() {
        assertThat(description.path("openapi").asString()).isEqualTo("3.1.0");
        assertThat(problems(description)).isEmpty();
    }

    /** The check can fail. */
    @Test
    void aDescriptionWithAMistakeIsNone() {
        JsonNode broken = JSON.readTree(description.toString().replace("\"responses\"", "\"answers\""));
        assertThat(problems(broken)).isNotEmpty();
    }

    private static List<String> problems(JsonNode document) {
        List<String> problems =
                new OpenAPIV3Parser().readContents(document.toString()).getMessages();
        return problems == null ? List.of() : problems;
    }

    @Test
    void everyReferenceLeadsSomewhereAndEveryPartIsUsed() {
        Set<String> used = new TreeSet<>();
        description.findValues("$ref").forEach(reference -> used.add(reference.asString()));
        assertThat(used)
                .allSatisfy(reference -> assertThat(
                                description.at(reference.substring(1)).isMissingNode())
                        .as(reference)
                        .isFalse());
        Set<String> parts = new TreeSet<>();
        for (String kind : List.of("schemas", "responses", "headers")) {
            description
                    .path("components")
                    .path(kind)
                    .propertyNames()
                    .forEach(name -> parts.add("#/components/" + kind + "/" + name));
        }
        assertThat(used).isEqualTo(parts);
    }

    @Test
    void eachAddressThatExistsIsDescribedAndNoOther() {
        Set<String> existing = server.paths().stream()
                .filter(path -> path.startsWith("/api"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(existing).contains("/api/publish", DESCRIPTION);
        assertThat(new TreeSet<>(description.path("paths").propertyNames())).isEqualTo(existing);
    }

    @Test
    void theExamplesAreWhatTheSchemasSay() {
        for (String path : description.path("paths").propertyNames()) {
            JsonNode media = description
                    .path("paths")
                    .path(path)
                    .path("post")
                    .path("requestBody")
                    .path("content")
                    .path("application/json");
            for (String name : media.path("examples").propertyNames()) {
                String schema =
                        "/paths/" + path.replace("/", "~1") + "/post/requestBody/content/application~1json/schema";
                assertThat(violations(
                                schema,
                                media.path("examples").path(name).path("value").toString()))
                        .as("%s %s", path, name)
                        .isEmpty();
            }
        }
        assertThat(violations("/components/schemas/Message", "{\"to\":\"all\",\"type\":\"x\",\"content\":1}"))
                .isNotEmpty();
    }

    /** @param pointer to a schema of the description */
    private static List<Error> violations(String pointer, String json) {
        ObjectNode schema = (ObjectNode) description.at(pointer).deepCopy();
        // Where its references lead.
        schema.set("components", description.path("components"));
        return SCHEMAS.getSchema(schema).validate(json, InputFormat.JSON);
    }

    // ---- What the server does

    private record Call(Server server, String method, String path, String body, Map<String, String> headers) {}

    private static Call keyed(String method, String path, String body) {
        return new Call(server, method, path, body, Map.of("Authorization", "Bearer " + KEY));
    }

    /** @param session one that is open */
    private static List<Call> calls(String session) {
        String good = "{\"to\":\"user:42\",\"type\":\"x\",\"content\":1,\"id\":\"a\"}";
        List<Call> calls = new ArrayList<>();
        // Before anything that ends it.
        for (String path : List.of("/api/session?session=", "/api/explain?session=", "/api/sessions?search=")) {
            calls.add(keyed("GET", path + session, ""));
        }
        calls.add(keyed("POST", "/api/publish", good));
        calls.add(keyed("POST", "/api/publish", good));
        calls.add(keyed(
                "POST", "/api/publish", "[" + good + "," + good.replace("\"a\"", "null,\"ephemeral\":true") + "]"));
        calls.add(keyed("POST", "/api/publish", "{\"to\":\"all\"}"));
        calls.add(keyed("POST", "/api/publish", "[" + good + ",{\"to\":\"all\"}]"));
        calls.add(keyed("POST", "/api/publish", "x".repeat(100_000)));
        // More than a second allows at once from a bucket that is not full.
        String many = "[" + String.join(",", Collections.nCopies(500, good)) + "]";
        calls.add(keyed("POST", "/api/publish", many));
        calls.add(keyed("POST", "/api/publish", many));
        for (String path : List.of("/api/revoke", "/api/disconnect")) {
            calls.add(keyed("POST", path, "{\"user\":\"42\"}"));
            calls.add(keyed("POST", path, "{\"users\":\"42\"}"));
            calls.add(keyed("POST", path, "x".repeat(100_000)));
        }
        for (String path : List.of("/api/drain", "/api/log-level")) {
            calls.add(keyed("POST", path, "{}"));
            calls.add(keyed("POST", path, "{\"level\":\"loud\",\"over_s\":-1}"));
            calls.add(keyed("POST", path, "x".repeat(100_000)));
        }
        calls.add(keyed("GET", "/api/sessions?limit=1001", ""));
        calls.add(keyed("GET", "/api/statistics?from=yesterday", ""));
        calls.add(keyed("GET", DESCRIPTION, ""));
        calls.add(keyed("POST", DESCRIPTION, "{}"));
        for (String path : description.path("paths").propertyNames()) {
            if (!path.equals(DESCRIPTION)) {
                boolean get = description.path("paths").path(path).has("get");
                calls.addAll(get ? reading(path) : writing(path, good));
            }
        }
        return calls;
    }

    private static List<Call> reading(String path) {
        List<Call> calls = new ArrayList<>();
        calls.add(keyed("GET", path, ""));
        for (JsonNode parameter :
                description.path("paths").path(path).path("get").path("parameters")) {
            calls.add(keyed("GET", path + "?" + parameter.path("name").asString() + "=42", ""));
        }
        calls.add(keyed("POST", path, ""));
        calls.add(new Call(server, "GET", path, "", Map.of()));
        calls.add(new Call(keyless, "GET", path, "", Map.of("Authorization", "Bearer " + KEY)));
        return calls;
    }

    private static List<Call> writing(String path, String body) {
        Map<String, String> key = Map.of("Authorization", "Bearer " + KEY);
        Map<String, String> compressed = Map.of("Authorization", "Bearer " + KEY, "Content-Encoding", "gzip");
        return List.of(
                keyed("GET", path, ""),
                new Call(server, "POST", path, body, Map.of()),
                new Call(server, "POST", path, body, compressed),
                new Call(keyless, "POST", path, body, key));
    }

    @Test
    void eachAddressAnswersAsDescribedInEachWay() throws Exception {
        Map<String, Set<String>> seen = new TreeMap<>();
        TestClient client = TestClient.connect(URI.create(server.url().replace("http", "ws") + "/ws"), Map.of());
        String session = client.await("welcome").text("session");
        client.send("{\"type\":\"join_room\",\"room\":\"lobby\"}");
        client.await("room_joined");
        for (Call call : calls(session)) {
            HttpResponse<String> answer = send(call);
            String path = call.path.replaceAll("\\?.*", "");
            JsonNode operations = description.path("paths").path(path);
            // What is no method of an address is described where its method is.
            String method = operations.propertyNames().iterator().next();
            String status = Integer.toString(answer.statusCode());
            String pointer = "/paths/" + path.replace("/", "~1") + "/" + method + "/responses/" + status;
            JsonNode response = description.at(pointer);
            assertThat(response.isMissingNode())
                    .as("%s: %s %s", call, status, answer.body())
                    .isFalse();
            if (response.has("$ref")) {
                pointer = response.path("$ref").asString().substring(1);
                response = description.at(pointer);
            }
            assertAsDescribed(call, answer, pointer, response);
            seen.computeIfAbsent(path, each -> new TreeSet<>()).add(status);
        }
        Map<String, Set<String>> described = new TreeMap<>();
        for (String path : description.path("paths").propertyNames()) {
            Set<String> statuses = new TreeSet<>(description
                    .path("paths")
                    .path(path)
                    .iterator()
                    .next()
                    .path("responses")
                    .propertyNames());
            statuses.removeAll(NOT_TO_BE_HAD);
            described.put(path, statuses);
        }
        assertThat(seen).isEqualTo(described);
        client.drop();
    }

    private static void assertAsDescribed(Call call, HttpResponse<String> answer, String pointer, JsonNode response) {
        String type = response.path("content").propertyNames().iterator().next();
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith(type);
        if (type.equals("application/json")) {
            String schema = pointer + "/content/application~1json/schema";
            assertThat(violations(schema, answer.body()))
                    .as("%s: %s", call, answer.body())
                    .isEmpty();
            assertThat(described(description.at(schema), new HashMap<>()))
                    .as("%s: what is described", call)
                    .containsAll(JSON.readTree(answer.body()).propertyNames());
        }
        for (String header : response.path("headers").propertyNames()) {
            assertThat(answer.headers().firstValue(header))
                    .as("%s: %s", call, header)
                    .isPresent();
        }
    }

    /** The names of a schema's properties, in whichever of its forms. */
    private static Set<String> described(JsonNode schema, Map<String, Boolean> seen) {
        Set<String> names = new TreeSet<>(schema.path("properties").propertyNames());
        if (schema.has("$ref") && seen.put(schema.path("$ref").asString(), true) == null) {
            names.addAll(described(description.at(schema.path("$ref").asString().substring(1)), seen));
        }
        schema.path("oneOf").forEach(form -> names.addAll(described(form, seen)));
        return names;
    }

    private HttpResponse<String> send(Call call) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(call.server.url() + call.path))
                .timeout(Duration.ofSeconds(20))
                .method(
                        call.method,
                        call.body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(call.body));
        call.headers.forEach(request::header);
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
