package dev.changecast.client;

import static dev.changecast.client.ScriptedServer.cut;
import static dev.changecast.client.ScriptedServer.error;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.changecast.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of messages when servers answer, refuse, hang, and go. */
class HttpClientTest {
    private static final String KEY = "k-0123456789-0123456789";

    private final ScriptedServer server = new ScriptedServer();
    private ChangecastClient client = client(server.url());

    private static ChangecastClient client(String url) {
        return ChangecastClient.http(url)
                .apiKey(KEY)
                .requestTimeout(Duration.ofSeconds(5))
                .giveUpAfter(Duration.ofSeconds(30))
                .build();
    }

    private void use(ChangecastClient other) {
        client.close();
        client = other;
    }

    @AfterEach
    void stop() {
        server.close();
        ((QueuedClient) client).close(Duration.ofMillis(100));
    }

    private static Message number(int number) {
        return Message.to("broadcast", "number", number).id("n" + number);
    }

    private static PublishException failure(CompletableFuture<Receipt> receipt) {
        Eventually.await("an end", Duration.ofSeconds(30), receipt::isDone);
        Throwable[] why = new Throwable[1];
        receipt.whenComplete((done, failure) -> why[0] = failure);
        assertThat(why[0]).isInstanceOf(PublishException.class);
        return (PublishException) why[0];
    }

    private static Receipt receipt(CompletableFuture<Receipt> receipt) throws Exception {
        return receipt.get(30, TimeUnit.SECONDS);
    }

    @Test
    void aMessageIsPublishedWithTheKeyAndItsPlaceReturned() {
        Receipt receipt = client.publish(Message.to(List.of("user:42", "role:admin"), "note", Map.of("n", 1.5))
                .id("a")
                .asEphemeral());
        assertThat(receipt).isEqualTo(new Receipt("a", "e.0-3", false));
        assertThat(server.bodies())
                .containsExactly("{\"to\":[\"user:42\",\"role:admin\"],\"type\":\"note\",\"id\":\"a\","
                        + "\"ephemeral\":true,\"content\":{\"n\":1.5}}");
        assertThat(server.heads()).containsExactly("/api/publish Bearer " + KEY);
    }

    @Test
    void howMuchItMattersAndHowLongItWaitsGoesWithIt() {
        client.publish(Message.to("user:42", "notification", 1)
                .id("a")
                .priority(Priority.HIGH)
                .ttl(Duration.ofMinutes(10)));
        assertThat(server.bodies())
                .containsExactly("{\"to\":[\"user:42\"],\"type\":\"notification\",\"id\":\"a\",\"priority\":\"high\","
                        + "\"ttl_s\":600,\"content\":1}");
    }

    @Test
    void usualMessagesHaveMethodsAndIdsOfTheirOwn() throws Exception {
        client.notifyUser("42", Map.of("title", "Hi"));
        receipt(client.notifyUserAsync("42", "Hi"));
        client.broadcast(List.of(1, true));
        receipt(client.broadcastAsync(null));
        client.dataUpdate("role:admin", "order", "update", "7", Map.of("total", "1.50"));
        receipt(client.dataUpdateAsync("broadcast", "order", "delete", "8", null));
        assertThat(server.bodies())
                .extracting(body -> body.replaceAll("\"id\":\"[0-9a-f-]{36}\"", "ID"))
                .containsExactly(
                        "{\"to\":[\"user:42\"],\"type\":\"notification\",ID,\"content\":{\"title\":\"Hi\"}}",
                        "{\"to\":[\"user:42\"],\"type\":\"notification\",ID,\"content\":\"Hi\"}",
                        "{\"to\":[\"broadcast\"],\"type\":\"broadcast\",ID,\"content\":[1,true]}",
                        "{\"to\":[\"broadcast\"],\"type\":\"broadcast\",ID,\"content\":null}",
                        "{\"to\":[\"role:admin\"],\"type\":\"data_update\",ID,\"content\":{\"entity\":\"order\","
                                + "\"action\":\"update\",\"id\":\"7\",\"data\":{\"total\":\"1.50\"}}}",
                        "{\"to\":[\"broadcast\"],\"type\":\"data_update\",ID,\"content\":{\"entity\":\"order\","
                                + "\"action\":\"delete\",\"id\":\"8\",\"data\":null}}");
        assertThat(server.published()).hasSize(6).doesNotHaveDuplicates();
    }

    @Test
    void theServerMayStandBehindAPath() {
        use(client(server.url() + "/live/"));
        client.publish(number(1));
        use(client(server.url() + "/live"));
        client.publish(number(2));
        assertThat(server.heads()).allMatch(head -> head.startsWith("/live/api/publish "));
    }

    @Test
    void whatWaitsGoesTogetherAndInOrder() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        server.next(server.publishAfter(open));
        CompletableFuture<Receipt> first = client.publishAsync(number(0));
        Eventually.await("the first request", () -> server.bodies().size() == 1);
        List<CompletableFuture<Receipt>> others = IntStream.range(1, 50)
                .mapToObj(i -> client.publishAsync(number(i)))
                .toList();
        open.countDown();
        assertThat(receipt(first).offset()).isEqualTo("e.0-3");
        for (int i = 1; i < 50; i++) {
            assertThat(receipt(others.get(i - 1))).isEqualTo(new Receipt("n" + i, "e." + i + "-3", false));
        }
        assertThat(server.bodies()).hasSize(2);
        assertThat(server.published())
                .isEqualTo(IntStream.range(0, 50).mapToObj(i -> "n" + i).toList());
    }

    @Test
    void noRequestIsLargerThanEveryServerTakes() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        server.next(server.publishAfter(open));
        client.publishAsync(number(0));
        Eventually.await("the first request", () -> server.bodies().size() == 1);
        List<CompletableFuture<Receipt>> others = IntStream.range(1, 100)
                .mapToObj(i -> client.publishAsync(
                        Message.to("broadcast", "x", "x".repeat(1000)).id("x" + i)))
                .toList();
        CompletableFuture<Receipt> large = client.publishAsync(Message.to("broadcast", "x", "x".repeat(200_000)));
        open.countDown();
        receipt(others.get(98));
        receipt(large);
        assertThat(server.bodies().subList(1, server.bodies().size() - 1))
                .allMatch(body -> body.length() < 64 * 1024)
                .hasSizeGreaterThan(2);
        assertThat(server.published()).hasSize(101);
    }

    @Test
    void anAnswerThatIsLostDoesNotPublishTwice() {
        server.next(server.publishAndCut(), server.publishAndCut());
        assertThat(client.publish(number(1))).isEqualTo(new Receipt("n1", "e.0-3", true));
        assertThat(server.published()).containsExactly("n1");
        assertThat(server.bodies()).hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void aServerThatHangsIsAskedAgain() {
        use(ChangecastClient.http(server.url())
                .apiKey(KEY)
                .requestTimeout(Duration.ofMillis(500))
                .build());
        server.next(server.hang(), server.hangInTheBody());
        assertThat(client.publish(number(1)).offset()).isEqualTo("e.0-3");
        assertThat(server.bodies()).hasSizeGreaterThanOrEqualTo(3);
        assertThat(server.published()).containsExactly("n1");
    }

    @Test
    void connectionsThatAreCutAndErrorsThatPassAreTriedAgain() {
        server.next(
                cut(),
                error(500, 5000, "a fault"),
                error(502, 0, "a proxy"),
                error(503, 4009, "no room"),
                (exchange, body) -> ScriptedServer.send(exchange, 200, "<html>a proxy's page</html>"));
        assertThat(client.publish(number(1)).repeated()).isFalse();
        assertThat(server.published()).containsExactly("n1");
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void whenTheServerWantsItAgainIsRespected(int status) {
        server.next(error(status, 4008, "slowly", "Retry-After", "1"));
        client.publish(number(1));
        List<Long> times = server.times();
        assertThat(times).hasSize(2);
        assertThat(Duration.ofNanos(times.get(1) - times.get(0))).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aServerThatIsNotThereYetIsWaitedForAndNothingOvertakes() throws Exception {
        int port = ScriptedServer.freePort();
        use(client("http://127.0.0.1:" + port));
        CompletableFuture<Receipt> first = client.publishAsync(number(1));
        CompletableFuture<Receipt> second = client.publishAsync(number(2));
        try (ScriptedServer back = new ScriptedServer(port)) {
            receipt(first);
            receipt(second);
            assertThat(back.published()).containsExactly("n1", "n2");
        }
    }

    @Test
    void afterItsTimeAMessageIsGivenUpWithTheServersWords() {
        use(ChangecastClient.http(server.url())
                .apiKey(KEY)
                .giveUpAfter(Duration.ofMillis(400))
                .build());
        for (int i = 0; i < 100; i++) {
            server.next(error(503, 4009, "the disk is full"));
        }
        PublishException why = failure(client.publishAsync(number(1)));
        assertThat(why)
                .hasMessageContaining("given up after 400 ms")
                .hasMessageContaining("the disk is full")
                .hasMessageNotContaining(KEY);
        assertThat(why.status()).isEqualTo(503);
        assertThat(why.code()).isEqualTo(4009);
        assertThat(why.maybePublished()).isTrue();
        assertThat(server.bodies()).hasSizeBetween(1, 20);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404, 413, 415, 301})
    void aRefusalIsToldAtOnce(int status) {
        server.next(error(status, 4003, "this is none of the server's API keys"));
        PublishException why = catchThrowableOfType(PublishException.class, () -> client.publish(number(1)));
        assertThat(why).hasMessageContaining(status + ": this is none of").hasMessageNotContaining(KEY);
        assertThat(why.status()).isEqualTo(status);
        assertThat(why.maybePublished()).isFalse();
        // Where the caller waited, not on some thread of ours.
        assertThat(why.getStackTrace()).anyMatch(frame -> frame.getClassName().equals(HttpClientTest.class.getName()));
        assertThat(server.bodies()).hasSize(1);
        assertThat(client.publish(number(2)).offset()).isEqualTo("e.0-3");
    }

    @Test
    void whatMayBePublishedFromAnEarlierTryIsSaidEvenWhenALaterOneIsRefused() {
        server.next(server.publishAndCut(), error(401, 4003, "the keys were changed"));
        PublishException why = catchThrowableOfType(PublishException.class, () -> client.publish(number(1)));
        assertThat(why.status()).isEqualTo(401);
        assertThat(why.maybePublished()).isTrue();
        assertThat(server.published()).containsExactly("n1");
    }

    @Test
    void aBadMessageAmongOthersFailsAloneAndTheOthersKeepTheirOrder() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        server.next(
                server.publishAfter(open),
                (exchange, body) -> ScriptedServer.send(
                        exchange,
                        400,
                        "{\"code\":4000,\"message\":\"nothing was published\",\"errors\":[{\"index\":1,\"message\":\"it is"
                                + " bad\"}]}"));
        client.publishAsync(number(0));
        Eventually.await("the first request", () -> server.bodies().size() == 1);
        CompletableFuture<Receipt> first = client.publishAsync(number(1));
        CompletableFuture<Receipt> bad = client.publishAsync(number(2));
        CompletableFuture<Receipt> last = client.publishAsync(number(3));
        open.countDown();
        receipt(first);
        receipt(last);
        assertThat(failure(bad)).hasMessageContaining("400: it is bad");
        assertThat(server.published()).containsExactly("n0", "n1", "n3");
    }

    @Test
    void whichMessageIsBadIsFoundOutWhereTheServerDoesNotSay() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        server.next(
                server.publishAfter(open),
                error(400, 4000, "too long"),
                server::publish,
                error(400, 4000, "too long"),
                server::publish);
        client.publishAsync(number(0));
        Eventually.await("the first request", () -> server.bodies().size() == 1);
        CompletableFuture<Receipt> first = client.publishAsync(number(1));
        CompletableFuture<Receipt> bad = client.publishAsync(number(2));
        CompletableFuture<Receipt> last = client.publishAsync(number(3));
        open.countDown();
        receipt(first);
        receipt(last);
        assertThat(failure(bad)).hasMessageContaining("too long");
        assertThat(server.published()).containsExactly("n0", "n1", "n3");
    }

    @Test
    void moreThanMayWaitIsRefusedAtOnce() throws Exception {
        use(ChangecastClient.http(server.url()).apiKey(KEY).queue(3, 100_000).build());
        CountDownLatch open = new CountDownLatch(1);
        server.next(server.publishAfter(open));
        List<CompletableFuture<Receipt>> three = IntStream.range(0, 3)
                .mapToObj(i -> client.publishAsync(number(i)))
                .toList();
        assertThat(failure(client.publishAsync(number(3))))
                .hasMessageContaining("3 messages")
                .hasMessageContaining("limit");
        open.countDown();
        for (CompletableFuture<Receipt> each : three) {
            receipt(each);
        }
        assertThat(client.publish(number(4)).repeated()).isFalse();
        // One is taken however large it is, and then no second.
        server.next(server.hang());
        client.publishAsync(Message.to("broadcast", "x", "x".repeat(100_000)));
        assertThat(failure(client.publishAsync(number(5)))).hasMessageContaining("limit");
    }

    @Test
    void closingSendsWhatWaitsAndFailsWhatCannotBeSent() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        server.next(server.publishAfter(open));
        CompletableFuture<Receipt> first = client.publishAsync(number(0));
        CompletableFuture<Receipt> second = client.publishAsync(number(1));
        Thread closing = new Thread(client::close, "closing");
        closing.start();
        open.countDown();
        receipt(first);
        receipt(second);
        closing.join(30_000);
        assertThat(closing.isAlive()).isFalse();
        assertThat(failure(client.publishAsync(number(2)))).hasMessageContaining("closed");

        QueuedClient hanging = (QueuedClient) client(server.url());
        server.next(server.hang());
        int before = server.bodies().size();
        CompletableFuture<Receipt> lost = hanging.publishAsync(number(3));
        Eventually.await("the request", () -> server.bodies().size() > before);
        CompletableFuture<Receipt> unsent = hanging.publishAsync(number(4));
        hanging.close(Duration.ofMillis(50));
        hanging.close();
        assertThat(failure(lost)).hasMessageContaining("closed");
        assertThat(failure(lost).maybePublished()).isTrue();
        assertThat(failure(unsent)).hasMessageContaining("closed");
        assertThat(failure(unsent).maybePublished()).isFalse();
    }

    @Test
    void theKeyIsShownNowhere() {
        HttpClientBuilder builder = ChangecastClient.http(server.url()).apiKey(KEY);
        use(builder.build());
        assertThat(builder.toString() + client).contains(server.url()).doesNotContain(KEY);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ChangecastClient.http("http://a").apiKey("two words"))
                .withMessageNotContaining("two words");
    }

    @Test
    void wrongSettingsAreToldAtOnce() {
        for (String url : List.of("ws://a", "a", "http:///", "http://u:p@a", "http://a?b")) {
            assertThatIllegalArgumentException().isThrownBy(() -> ChangecastClient.http(url));
        }
        HttpClientBuilder builder = ChangecastClient.http("http://a");
        assertThatIllegalStateException().isThrownBy(builder::build).withMessageContaining("auth.api_keys");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.giveUpAfter(Duration.ofMinutes(10)))
                .withMessageContaining("9 minutes");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.requestTimeout(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.queue(0, 1));
    }
}
