package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Payload;
import dev.changecast.api.transport.Refusal;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.FakeGateway;
import dev.changecast.testing.Message;
import dev.changecast.testing.PollClient;
import dev.changecast.transport.longpoll.LongPollTransport;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class LongPollIT {
    private static final HttpRequest.BodyPublisher NOTHING = HttpRequest.BodyPublishers.ofString("{\"wait_s\":0}");

    private final FakeGateway gateway = new FakeGateway(5000);
    private final LongPollTransport transport = new LongPollTransport("/poll", Duration.ofSeconds(2));
    private final HttpPort port =
            HttpPort.builder().port(0).servlet("/poll", transport.servlet()).build();

    @BeforeEach
    void start() {
        transport.start(gateway);
        port.start();
    }

    @AfterEach
    void stop() {
        transport.close();
        port.close();
    }

    private URI uri() {
        return URI.create("http://127.0.0.1:" + port.port() + "/poll");
    }

    private String post(String body) {
        HttpResponse<byte[]> answer = PollClient.post(uri(), Map.of(), body.replace('\'', '"'));
        assertThat(answer.statusCode()).as(PollClient.text(answer)).isEqualTo(200);
        return PollClient.text(answer);
    }

    /** Opens a session that holds one message in its first, unacknowledged answer. */
    private Message open() {
        gateway.onOpen(connection -> connection.write(List.of(Payload.of("{\"type\":\"a\"}")), d -> {}));
        return new Message(post("{}"));
    }

    @Test
    void anAnswerThatWasLostIsGivenAgainUnchangedUntilItIsAcknowledged() {
        Message first = open();
        String session = "'session':'" + first.text("session") + "'";
        assertThat(first.number("seq")).isEqualTo(1);
        assertThat(post("{" + session + "}")).isEqualTo(first.json());
        assertThat(post("{" + session + ",'ack':0}")).isEqualTo(first.json());
        Message acknowledged = new Message(post("{" + session + ",'ack':1,'wait_s':0}"));
        assertThat(acknowledged.list("messages")).isEmpty();
        assertThat(acknowledged.number("seq")).isEqualTo(1);
        FakeGateway.Written next = gateway.next().write("{\"type\":\"b\"}");
        String second = post("{" + session + ",'ack':1}");
        assertThat(second).contains("\"seq\":2").contains("\"b\"");
        assertThat(next.delivered()).isNull();
        assertThat(post("{" + session + ",'ack':1}")).isEqualTo(second);
        post("{" + session + ",'ack':2,'wait_s':0}");
        assertThat(next.await()).isTrue();
        assertThat(PollClient.text(PollClient.post(uri(), Map.of(), ("{" + session + ",'ack':7}").replace('\'', '"'))))
                .contains("\"code\":4000")
                .contains("the last answer that arrived, 2, not 7");
    }

    @Test
    void aSecondPollOfASessionAnswersTheFirstWithNothing() throws Exception {
        String session = open().text("session");
        String poll = "{\"session\":\"" + session + "\",\"ack\":1}";
        CompletableFuture<HttpResponse<byte[]>> first = PollClient.postAsync(uri(), Map.of(), poll);
        FakeGateway.Opened opened = gateway.next();
        Eventually.await("the first poll", () -> opened.signsOfLife() >= 2);
        CompletableFuture<HttpResponse<byte[]>> second = PollClient.postAsync(uri(), Map.of(), poll);
        assertThat(PollClient.text(first.get(5, TimeUnit.SECONDS))).contains("\"messages\":[]");
        opened.write("{\"type\":\"b\"}");
        assertThat(PollClient.text(second.get(5, TimeUnit.SECONDS))).contains("\"b\"");
    }

    @Test
    void commandsOfARequestThatIsRepeatedAreGivenOnce() {
        String session = open().text("session");
        String poll = "{'session':'" + session + "','request':2,'ack':1,'wait_s':0,'commands':[{'n':1},{'n':2}]}";
        post(poll);
        post(poll);
        post(poll.replace("'request':2", "'request':3").replace("'n':1},{'n':2", "'n':3"));
        FakeGateway.Opened opened = gateway.next();
        assertThat(opened.nextMessage()).isEqualTo("{\"n\":1}");
        assertThat(opened.nextMessage()).isEqualTo("{\"n\":2}");
        assertThat(opened.nextMessage()).isEqualTo("{\"n\":3}");
    }

    @Test
    void aSessionNobodyPollsEndsAndIsUnknownAfterwards() {
        String session = open().text("session");
        FakeGateway.Opened opened = gateway.next();
        Eventually.await("the end", () -> opened.timesClosed() == 1);
        HttpResponse<byte[]> answer = PollClient.post(uri(), Map.of(), "{\"session\":\"" + session + "\",\"ack\":1}");
        assertThat(answer.statusCode()).isEqualTo(410);
        assertThat(new Message(PollClient.text(answer)).number("code")).isEqualTo(4015);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{|is not JSON",
                "[]|one JSON object",
                "{'ack':-1}|whole number from 0",
                "{'wait_s':51}|from 0 to 50",
                "{'sesion':1}|no \\\"sesion\\\"",
                "{'commands':[1]}|list of JSON objects",
                "{} {}|after the end"
            })
    void whatIsNoPollIsRefusedWithWhatIsRight(String body, String message) {
        HttpResponse<byte[]> answer = PollClient.post(uri(), Map.of(), body.replace('\'', '"'));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(PollClient.text(answer)).contains("\"code\":4000").contains(message);
        assertThat(gateway.hasNone()).isTrue();
    }

    @Test
    void refusalsHaveTheirStatusAndTooLargeBodiesAre413() {
        gateway.gate(handshake -> Optional.of(new Refusal(401, "who are you")));
        HttpResponse<byte[]> answer = PollClient.post(uri(), Map.of(), "{}");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        assertThat(PollClient.text(answer)).contains("4003").contains("who are you");
        HttpResponse<byte[]> large = PollClient.post(uri(), Map.of(), "{\"session\":\"" + "x".repeat(6000) + "\"}");
        assertThat(large.statusCode()).isEqualTo(413);
    }

    @Test
    void largeAnswersAreCompressedForWhoTakesThat() throws Exception {
        String large = "{\"type\":\"a\",\"text\":\"" + "x".repeat(2000) + "\"}";
        gateway.onOpen(connection -> connection.write(List.of(Payload.of(large)), delivered -> {}));
        HttpResponse<byte[]> compressed = PollClient.post(uri(), Map.of(), "{}");
        assertThat(compressed.headers().firstValue("Content-Encoding")).contains("gzip");
        assertThat(compressed.body().length).isLessThan(500);
        assertThat(PollClient.text(compressed)).contains(large);
        HttpResponse<String> plain = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(uri())
                                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(plain.body()).contains(large);
    }

    @Test
    void smallAnswersAreNotCompressed() {
        String small = "{\"type\":\"a\",\"text\":\"" + "x".repeat(800) + "\"}";
        gateway.onOpen(connection -> connection.write(List.of(Payload.of(small)), delivered -> {}));
        HttpResponse<byte[]> answer = PollClient.post(uri(), Map.of(), "{}");
        assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(PollClient.text(answer)).contains(small);
    }

    @Test
    void aCompressedRequestIsRefusedBeforeAnybodyUnpacksIt() throws Exception {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
            gzip.write(new byte[4_000_000]);
        }
        assertThat(bomb.size()).isLessThan(5000);
        HttpResponse<String> answer = send(request()
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(bomb.toByteArray())));
        assertThat(answer.statusCode()).isEqualTo(415);
        assertThat(answer.headers().firstValue("Accept-Encoding")).contains("identity");
        assertThat(answer.body()).contains("\"code\":4011").contains("must not be compressed");
        assertThat(gateway.hasNone()).isTrue();
        assertThat(open().number("seq")).isEqualTo(1);
    }

    @Test
    void anAnswerIsBoundedHoweverMuchThereIsToTell() throws Exception {
        String session = open().text("session");
        FakeGateway.Opened opened = gateway.next();
        CompletableFuture<HttpResponse<byte[]>> poll = PollClient.postAsync(
                uri(), Map.of(), "{\"session\":\"" + session + "\",\"ack\":1,\"commands\":[{\"n\":1}]}");
        opened.nextMessage();
        // More than an answer gathers: what comes after it waits for the client to acknowledge.
        String message = "{\"type\":\"a\",\"text\":\"" + "x".repeat(30_000) + "\"}";
        int delivered = 0;
        FakeGateway.Written last = opened.write(message);
        while (delivered < 100 && Boolean.TRUE.equals(last.delivered())) {
            delivered++;
            last = opened.write(message);
        }
        String answer = PollClient.text(poll.get(5, TimeUnit.SECONDS));
        assertThat(delivered).isLessThanOrEqualTo(2);
        assertThat(answer.length()).isBetween(30_000, 3 * 31_000);
        assertThat(last.delivered()).isNull();
        FakeGateway.Written held = last;
        Message first = new Message(answer);
        String ack = "'session':'" + session + "','wait_s':0,'ack':";
        Message second = new Message(post("{" + ack + first.number("seq") + "}"));
        if (held.delivered() == null) {
            post("{" + ack + second.number("seq") + "}");
        }
        assertThat(held.await()).isTrue();
    }

    @Test
    void aPollHoldsTwoHundredCommandsAtMost() {
        String commands = "{\"type\":\"ping\"},".repeat(200);
        post("{'wait_s':0,'commands':[" + commands.substring(0, commands.length() - 1) + "]}");
        HttpResponse<byte[]> answer =
                PollClient.post(uri(), Map.of(), "{\"wait_s\":0,\"commands\":[" + commands + "{}]}");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(PollClient.text(answer)).contains("200 commands at most");
    }

    @Test
    void pagesOfAllowedOriginsMayReadAnswersAndOthersNot() throws Exception {
        gateway.origins(handshake -> handshake.header("Origin").orElse("").endsWith("good.example"));
        HttpResponse<String> good =
                send(request().header("Origin", "https://good.example").POST(NOTHING));
        assertThat(good.statusCode()).isEqualTo(200);
        assertThat(good.headers().firstValue("Access-Control-Allow-Origin")).contains("https://good.example");
        assertThat(good.headers().firstValue("Access-Control-Allow-Credentials"))
                .isEmpty();
        assertThat(good.headers().allValues("Vary")).contains("Origin");
        HttpResponse<String> bad =
                send(request().header("Origin", "https://bad.example").POST(NOTHING));
        assertThat(bad.statusCode()).isEqualTo(403);
        assertThat(bad.headers().map().keySet()).noneMatch(name -> name.startsWith("access-control"));
        assertThat(bad.headers().allValues("Vary")).contains("Origin");
        gateway.gate(handshake -> Optional.of(new Refusal(401, "who are you")));
        HttpResponse<String> refused =
                send(request().header("Origin", "https://good.example").POST(NOTHING));
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("Access-Control-Allow-Origin")).contains("https://good.example");
    }

    @Test
    void aPreflightTellsAnAllowedPageWhatItMaySendAndAnotherNothing() throws Exception {
        gateway.origins(handshake -> handshake.header("Origin").orElse("").endsWith("good.example"));
        HttpRequest.Builder preflight = request()
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "authorization,content-type");
        HttpResponse<String> good = send(preflight.copy().header("Origin", "https://good.example"));
        assertThat(good.statusCode()).isEqualTo(204);
        assertThat(good.headers().firstValue("Access-Control-Allow-Methods")).contains("POST");
        assertThat(good.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
                .contains("Authorization", "Content-Type");
        assertThat(good.headers().firstValue("Access-Control-Max-Age")).isPresent();
        HttpResponse<String> bad = send(preflight.copy().header("Origin", "https://bad.example"));
        assertThat(bad.statusCode()).isEqualTo(403);
        assertThat(bad.headers().map().keySet()).noneMatch(name -> name.startsWith("access-control"));
        assertThat(gateway.hasNone()).isTrue();
    }

    @Test
    void credentialsAreForPagesThatAreTrustedByName() throws Exception {
        gateway.origins(handshake -> true);
        gateway.credentials(handshake -> handshake.header("Origin").orElse("").endsWith("named.example"));
        for (String method : List.of("OPTIONS", "POST")) {
            HttpResponse<String> named =
                    send(request().header("Origin", "https://named.example").method(method, NOTHING));
            assertThat(named.headers().firstValue("Access-Control-Allow-Origin"))
                    .contains("https://named.example");
            assertThat(named.headers().firstValue("Access-Control-Allow-Credentials"))
                    .contains("true");
            HttpResponse<String> other =
                    send(request().header("Origin", "https://other.example").method(method, NOTHING));
            assertThat(other.headers().firstValue("Access-Control-Allow-Origin"))
                    .contains("https://other.example");
            assertThat(other.headers().firstValue("Access-Control-Allow-Credentials"))
                    .isEmpty();
        }
    }

    private HttpRequest.Builder request() {
        return HttpRequest.newBuilder(uri());
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
