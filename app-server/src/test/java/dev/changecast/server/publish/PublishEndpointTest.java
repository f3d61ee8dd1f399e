package dev.changecast.server.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Message;
import dev.changecast.core.Receipt;
import dev.changecast.server.config.ApiKeys;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a server that publishes is answered. */
class PublishEndpointTest {
    private static final String KEY = "k-0123456789-0123456789";
    private static final String GOOD = "{\"to\":\"user:42\",\"type\":\"notification\",\"content\":{}}";
    private static final JsonMapper JSON = new JsonMapper();
    private static final int PER_SECOND = 1000;

    private final List<Message> published = new ArrayList<>();
    private CompletionStage<List<Receipt>> receipts =
            CompletableFuture.completedFuture(List.of(new Receipt("e.1-3", false)));

    private PublishEndpoint endpoint(String... keys) {
        return new PublishEndpoint(
                ApiKeys.of(List.of(keys)),
                1024,
                PER_SECOND,
                messages -> {
                    published.addAll(messages);
                    return receipts;
                },
                Duration.ofMillis(50));
    }

    private static Request request(String method, Map<String, String> headers, byte[] body) {
        return new Request(method, "/api/publish", headers, body);
    }

    private Reply answer(byte[] body) {
        try {
            return endpoint(KEY)
                    .answer(request("POST", Map.of(), body))
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Reply answer(String body) {
        return answer(body.getBytes(StandardCharsets.UTF_8));
    }

    private static JsonNode body(Reply reply) {
        return JSON.readTree(reply.body());
    }

    private static Reply refusal(PublishEndpoint endpoint, String method, Map<String, String> headers) {
        return endpoint.refuse(request(method, headers, new byte[0])).orElseThrow();
    }

    @Test
    void aKeyThatPublishesTooMuchIsToldAndNotAnotherOne() throws Exception {
        List<Message> taken = new ArrayList<>();
        PublishEndpoint endpoint =
                new PublishEndpoint(ApiKeys.of(List.of(KEY, "another-key-0123456789")), 1 << 20, 1, messages -> {
                    taken.addAll(messages);
                    return receipts;
                });
        assertThat(published(endpoint, KEY).status()).isEqualTo(200);
        Reply refused = published(endpoint, KEY);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.headers()).containsEntry("Retry-After", "1");
        assertThat(body(refused).path("code").asInt()).isEqualTo(4008);
        assertThat(body(refused).path("message").asString()).contains("1 messages per second");
        assertThat(published(endpoint, "another-key-0123456789").status()).isEqualTo(200);
        assertThat(taken).hasSize(2);
    }

    private static Reply published(PublishEndpoint endpoint, String key) throws Exception {
        return endpoint.answer(request(
                        "POST", Map.of("Authorization", "Bearer " + key), GOOD.getBytes(StandardCharsets.UTF_8)))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    @Test
    void whoHasAKeyMayPublish() {
        for (String scheme : List.of("Bearer ", "bearer ", "BEARER  ")) {
            assertThat(endpoint("another-key-0123456789", KEY)
                            .refuse(request("POST", Map.of("authorization", scheme + KEY), new byte[0])))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        ",give your API key",
        "Bearer,none of the server's API keys",
        "Bearer wrong,none of the server's API keys",
        "k-0123456789-0123456789,none of the server's API keys",
        "Basic k-0123456789-0123456789,none of the server's API keys",
        "Bearer k-0123456789-012345678,none of the server's API keys",
        "Bearer k-0123456789-01234567890,none of the server's API keys"
    })
    void whoHasNoneMayNot(String header, String says) {
        Reply reply = refusal(endpoint(KEY), "POST", header == null ? Map.of() : Map.of("Authorization", header));
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.headers()).containsEntry("WWW-Authenticate", "Bearer");
        assertThat(body(reply).path("code").asInt()).isEqualTo(ErrorCode.FORBIDDEN.number());
        assertThat(body(reply).path("message").asString()).contains(says).doesNotContain("0123456789");
    }

    @Test
    void withoutKeysNobodyMayWhateverHeShows() {
        for (String header : List.of("Bearer ", "Bearer " + KEY)) {
            Reply reply = refusal(endpoint(), "POST", Map.of("Authorization", header));
            assertThat(reply.status()).isEqualTo(403);
            assertThat(body(reply).path("message").asString()).contains("set auth.api_keys");
        }
    }

    @Test
    void onlyPostPublishes() {
        Reply reply = refusal(endpoint(KEY), "GET", Map.of("Authorization", "Bearer " + KEY));
        assertThat(reply.status()).isEqualTo(405);
        assertThat(reply.headers()).containsEntry("Allow", "POST");
    }

    @Test
    void compressedBodiesAreRefusedBeforeTheyAreRead() {
        Map<String, String> gzip = Map.of("Authorization", "Bearer " + KEY, "Content-Encoding", "gzip");
        Reply reply = refusal(endpoint(KEY), "POST", gzip);
        assertThat(reply.status()).isEqualTo(415);
        assertThat(body(reply).path("message").asString()).contains("not unpacked");
        Map<String, String> identity = Map.of("Authorization", "Bearer " + KEY, "Content-Encoding", "identity");
        assertThat(endpoint(KEY).refuse(request("POST", identity, new byte[0]))).isEmpty();
    }

    @Test
    void aMessageIsAnsweredWithItsOffset() {
        assertThat(new String(answer(GOOD).body(), StandardCharsets.UTF_8)).isEqualTo("{\"offset\":\"e.1-3\"}");
        assertThat(published).extracting(Message::toString).containsExactly("notification to [user:42]");
    }

    @Test
    void severalAreAnsweredWithEachOnesOffset() {
        receipts = CompletableFuture.completedFuture(
                List.of(new Receipt("e.1-3", true), new Receipt("e.2-3", false), new Receipt(null, true)));
        assertThat(new String(answer("[" + GOOD + "," + GOOD + "," + GOOD + "]").body(), StandardCharsets.UTF_8))
                .isEqualTo("{\"offset\":\"e.2-3\",\"offsets\":[\"e.1-3\",\"e.2-3\",null],\"repeated\":[0,2]}");
    }

    @Test
    void whatWasPublishedBeforeAndWhatIsNotKeptIsTold() {
        receipts = CompletableFuture.completedFuture(List.of(new Receipt("e.1-3", true)));
        assertThat(new String(answer(GOOD).body(), StandardCharsets.UTF_8))
                .isEqualTo("{\"offset\":\"e.1-3\",\"repeated\":true}");
        receipts = CompletableFuture.completedFuture(List.of(new Receipt(null, false)));
        assertThat(new String(answer(GOOD).body(), StandardCharsets.UTF_8)).isEqualTo("{\"offset\":null}");
    }

    @Test
    void oneBadMessageIsOneError() {
        Reply reply = answer("{\"to\":\"all\",\"type\":\"ping\",\"content\":{},\"extra\":1}");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(body(reply).path("type").asString()).isEqualTo("error");
        assertThat(body(reply).path("code").asInt()).isEqualTo(4000);
        assertThat(body(reply).path("context").asString()).isEqualTo("publish");
        assertThat(body(reply).path("retry").asBoolean()).isFalse();
        assertThat(body(reply).path("message").asString())
                .contains("'all' is no address", "'ping' is reserved", "no \"extra\"");
        assertThat(body(reply).has("errors")).isFalse();
    }

    @Test
    void badMessagesAmongOthersAreToldByTheirIndexAndNothingIsPublished() {
        Reply reply = answer("[" + GOOD + ",{\"to\":\"all\"},7]");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(body(reply).path("errors").get(0).path("index").asInt()).isEqualTo(1);
        assertThat(body(reply).path("errors").get(0).path("message").asString())
                .contains("'all' is no address", "\"type\" is missing", "\"content\" is missing");
        assertThat(body(reply).path("errors").get(1).path("index").asInt()).isEqualTo(2);
        assertThat(published).isEmpty();
    }

    @Test
    void whatIsNoUtf8NeverReachesAnybody() {
        byte[] body = GOOD.replace("{}", "\"?\"").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < body.length; i++) {
            body[i] = body[i] == '?' ? (byte) 0xED : body[i];
        }
        Reply reply = answer(body);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(body(reply).path("message").asString()).contains("not UTF-8");
        assertThat(published).isEmpty();
    }

    @Test
    void aServerWithoutRoomSaysWhenToComeBack() {
        receipts = CompletableFuture.failedFuture(new ChangecastException(ErrorCode.BUSY, "no room"));
        Reply reply = answer(GOOD);
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.headers()).containsEntry("Retry-After", "1");
        assertThat(body(reply).path("code").asInt()).isEqualTo(4009);
        assertThat(body(reply).path("retry").asBoolean()).isTrue();
    }

    @Test
    void aDiskThatTakesNothingIsNotWaitedForWithoutEnd() {
        receipts = new CompletableFuture<>();
        Reply reply = answer(GOOD);
        assertThat(reply.status()).isEqualTo(503);
        assertThat(body(reply).path("message").asString()).contains("same \"id\"");
    }

    @Test
    void aMessageOverTheLimitAndAFaultAreTold() {
        receipts = CompletableFuture.failedFuture(new ChangecastException(ErrorCode.BAD_MESSAGE, "too long"));
        assertThat(answer(GOOD).status()).isEqualTo(400);
        receipts = CompletableFuture.failedFuture(new IllegalStateException("a secret of ours"));
        Reply fault = answer(GOOD);
        assertThat(fault.status()).isEqualTo(500);
        assertThat(body(fault).path("message").asString()).doesNotContain("secret");
        assertThat(endpoint(KEY).maxBodyBytes()).isEqualTo(1024 + 64 * 1024);
        assertThat(endpoint(KEY).tooLarge().status()).isEqualTo(413);
    }

    @Test
    void keysAreShownNowhere() {
        assertThat(ApiKeys.of(List.of(KEY))).hasToString("1 keys");
    }
}
