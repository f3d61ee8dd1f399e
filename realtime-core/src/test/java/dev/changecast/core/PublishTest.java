package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that servers publish, and the inbox that every session has. */
class PublishTest {
    private static final Limits SMALL_QUEUE =
            new Limits(100, 100, 100, 100, 512 * 1024, 16 * 1024, 100_000, 60_000, Set.of());

    @TempDir
    private Path directory;

    private TestEngine engine;

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }

    private static dev.changecast.core.Message note(int number, Address... to) {
        return new dev.changecast.core.Message(List.of(to), "note", "{\"n\":" + number + "}", null, false);
    }

    private Receipt publish(dev.changecast.core.Message message) {
        return of(engine.changecast.publish(message));
    }

    private static <T> T of(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private LoopbackClient connect(String user, String role) {
        LoopbackClient client = engine.opened(
                engine.client().header("User", user).header("Role", role).connect());
        client.await("welcome");
        return client;
    }

    private LoopbackClient anonymous() {
        LoopbackClient client = engine.connect();
        client.await("welcome");
        return client;
    }

    private LoopbackClient resume(String user, String role, String offset) {
        return engine.opened(engine.client()
                .header("User", user)
                .header("Role", role)
                .parameter("since", json("{'pg':'unknown here','live':'" + offset + "'}"))
                .connect());
    }

    private static List<Integer> notes(LoopbackClient client) {
        return client.received().all("note").stream()
                .map(message -> (int) message.number("content.n"))
                .toList();
    }

    private static Message awaitNote(LoopbackClient client, int number) {
        return client.await("note " + number, message -> message.is("note") && message.number("content.n") == number);
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    @Test
    void aMessageReachesThoseItIsForAndNobodyElse() {
        engine = TestEngine.start().awaitBegun();
        LoopbackClient ann = connect("42", "admin");
        LoopbackClient annsOther = connect("42", "clerk");
        LoopbackClient bob = connect("7", "admin");
        LoopbackClient nobody = anonymous();
        publish(note(1, Address.user("42")));
        publish(note(2, Address.role("admin")));
        publish(note(3, Address.user("8")));
        publish(note(4, Address.room("lobby")));
        publish(note(5, Address.broadcast()));
        List.of(ann, annsOther, bob, nobody).forEach(client -> awaitNote(client, 5));
        assertThat(notes(ann)).containsExactly(1, 2, 5);
        assertThat(notes(annsOther)).containsExactly(1, 5);
        assertThat(notes(bob)).containsExactly(2, 5);
        assertThat(notes(nobody)).containsExactly(5);
    }

    @Test
    void aMessageTellsWhatItIsAndNotWhomElseItIsFor() {
        engine = TestEngine.start().awaitBegun();
        LoopbackClient ann = connect("42", "admin");
        Receipt receipt = publish(new dev.changecast.core.Message(
                List.of(Address.user("7"), Address.role("admin"), Address.user("42")),
                "notification",
                "{\"title\":\"Höchst \\\"wichtig\\\"\",\n\"n\":1.50}",
                "order-1",
                false));
        Message message = ann.await("notification");
        assertThat(message.json())
                .startsWith("{\"type\":\"notification\",\"channel\":\"role:admin\",\"id\":\"order-1\",\"content\":"
                        + "{\"title\":\"Höchst \\\"wichtig\\\"\", \"n\":1.50},\"timestamp\":\"20")
                .endsWith("Z\",\"source\":\"live\",\"offset\":\"" + receipt.offset() + "\"}")
                .doesNotContain("user:7");
    }

    @Test
    void whatReachesASessionBySeveralWaysArrivesOnce() {
        engine = TestEngine.start().awaitBegun();
        LoopbackClient ann = connect("42", "admin");
        LoopbackClient bob = connect("7", "clerk");
        publish(note(1, Address.user("42"), Address.role("admin"), Address.broadcast()));
        publish(note(2, Address.broadcast(), Address.user("42")));
        awaitNote(ann, 2);
        awaitNote(bob, 2);
        assertThat(ann.received().all("note"))
                .extracting(message -> message.text("channel"))
                .containsExactly("user:42", "broadcast");
        assertThat(bob.received().all("note"))
                .extracting(message -> message.text("channel"))
                .containsExactly("broadcast", "broadcast");
        // The same for who was away.
        String offset = ann.received().all("welcome").get(0).text("sources.live.offset");
        LoopbackClient later = resume("42", "admin", offset);
        awaitNote(later, 2);
        assertThat(later.received().all("note"))
                .extracting(Message::json)
                .isEqualTo(
                        ann.received().all("note").stream().map(Message::json).toList());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatFollowsAnyOffsetIsWhatTheFullStreamHasBehindIt(long seed) {
        engine = TestEngine.start().awaitBegun();
        LoopbackClient full = connect("42", "admin");
        Random random = new Random(seed);
        List<Address> all = List.of(
                Address.broadcast(),
                Address.user("42"),
                Address.user("7"),
                Address.role("admin"),
                Address.role("clerk"),
                Address.room("x"));
        List<dev.changecast.core.Message> messages = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            Address[] to = random.ints(1 + random.nextInt(3), 0, all.size())
                    .mapToObj(all::get)
                    .toArray(Address[]::new);
            dev.changecast.core.Message next = note(i, to);
            messages.add(random.nextInt(10) == 0 ? next.asEphemeral() : next);
        }
        messages.add(note(400, Address.broadcast()));
        while (!messages.isEmpty()) {
            int together = Math.min(messages.size(), 1 + random.nextInt(20));
            of(engine.changecast.publish(List.copyOf(messages.subList(0, together))));
            messages.subList(0, together).clear();
        }
        awaitNote(full, 400);
        List<Message> kept = full.received().all("note").stream()
                .filter(message -> message.has("offset"))
                .toList();
        assertThat(kept.size()).isLessThan(full.received().all("note").size());
        for (int i = 0; i < kept.size() - 1; i += 1 + random.nextInt(10)) {
            LoopbackClient resumed = resume("42", "admin", kept.get(i).text("offset"));
            assertThat(resumed.await("welcome").text("sources.live.offset"))
                    .isEqualTo(kept.get(i).text("offset"));
            awaitNote(resumed, 400);
            assertThat(resumed.received().all("note").stream().filter(message -> message.has("offset")))
                    .extracting(Message::json)
                    .isEqualTo(kept.subList(i + 1, kept.size()).stream()
                            .map(Message::json)
                            .toList());
            resumed.drop();
        }
    }

    @Test
    void theLastEventsIdIsWhereAnInboxGoesOn() {
        engine = TestEngine.start().awaitBegun();
        LoopbackClient first = connect("42", "admin");
        publish(note(1, Address.broadcast()));
        String offset = awaitNote(first, 1).text("offset");
        publish(note(2, Address.broadcast()));
        awaitNote(first, 2);
        String old = first.received().all("welcome").get(0).text("sources.live.offset");
        LoopbackClient again = engine.opened(engine.client()
                .header("Last-Event-ID", json("{'live':'" + offset + "'}"))
                .parameter("since", json("{'live':'" + old + "'}"))
                .connect());
        awaitNote(again, 2);
        assertThat(notes(again)).containsExactly(2);
    }

    @Test
    void whoComesBackWhileMessagesGoOnGetsEachOnce() {
        engine = TestEngine.start(SMALL_QUEUE).awaitBegun();
        LoopbackClient client = connect("42", "admin");
        String offset = client.received().all("welcome").get(0).text("sources.live.offset");
        List<Integer> got = new ArrayList<>();
        List<CompletionStage<Receipt>> receipts = new ArrayList<>();
        int next = 0;
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 200; i++) {
                receipts.add(engine.changecast.publish(note(next++, Address.user("42"))));
            }
            client.drop();
            List<Message> notes = client.received().all("note");
            notes.forEach(message -> got.add((int) message.number("content.n")));
            offset = notes.isEmpty() ? offset : notes.get(notes.size() - 1).text("offset");
            client = resume("42", "admin", offset);
        }
        awaitNote(client, next - 1);
        got.addAll(notes(client));
        assertThat(got).isEqualTo(range(0, next));
        receipts.forEach(PublishTest::of);
    }

    @Test
    void aSlowClientDelaysNobodyAndMissesNothingThatIsKept() {
        engine = TestEngine.start(SMALL_QUEUE).awaitBegun();
        LoopbackClient slow = connect("1", "x");
        LoopbackClient fast = connect("2", "x");
        slow.stopTaking();
        for (int i = 0; i < 3000; i++) {
            engine.changecast.publish(note(i, Address.broadcast()));
            if (i % 10 == 9) {
                engine.changecast.publish(note(-i, Address.broadcast()).asEphemeral());
            }
        }
        awaitNote(fast, 2999);
        assertThat(notes(slow)).isEmpty();
        slow.startTaking();
        awaitNote(slow, 2999);
        publish(note(3000, Address.role("x")));
        awaitNote(slow, 3000);
        assertThat(notes(slow).stream().filter(number -> number >= 0)).isEqualTo(range(0, 3001));
        // What is worth nothing afterwards did not wait in memory for the slow one.
        assertThat(notes(slow).stream().filter(number -> number < 0).count()).isLessThan(299);
    }

    @Test
    void theLastOffsetIsToldWithHeartbeatsToo() {
        engine = TestEngine.start(new Limits(100, 100, 100, 100, 512 * 1024, 1024 * 1024, 100_000, 1000, Set.of()))
                .awaitBegun();
        LoopbackClient client = anonymous();
        Receipt receipt = publish(note(1, Address.user("somebody else")));
        Message heartbeat = client.await(
                "a heartbeat behind the message",
                message -> message.is("heartbeat") && receipt.offset().equals(message.text("offsets.live")));
        assertThat(heartbeat.has("offsets.pg")).isFalse();
    }

    @Test
    void messagesAndChangesOfDatabasesDoNotDisturbEachOther() {
        engine = TestEngine.start().awaitBegun();
        LoopbackClient client = anonymous();
        String channel = follow(client, "desks");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "a"));
        publish(note(1, Address.broadcast()));
        engine.source.commit(tx -> tx.insert(DESKS, 2, 1, "b"));
        client.await("both", message -> message.isChange() && message.number("data.id") == 2);
        assertThat(client.received().changes()).allMatch(change -> channel.equals(change.text("channel")));
        awaitOne(client);
        assertThat(engine.changecast.sources()).extracting(SourceStatus::name).containsExactly("pg");
    }

    private static void awaitOne(LoopbackClient client) {
        dev.changecast.testing.Eventually.await("the note", () -> notes(client).equals(List.of(1)));
    }

    // ---- What cannot be resumed

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'live':'nonsense'}   | 'nonsense' is not an offset
            {'live':7}            | is text
            {'live'               | not JSON
            nonsense              | is an object of offsets
            [1]                   | is an object of offsets
            """)
    void anOffsetThatIsNoneIsAnErrorAndTheInboxBeginsAtTheHead(String since, String says) {
        engine = TestEngine.start().awaitBegun();
        List<LoopbackClient> everywhere = engine.everywhere();
        publish(note(1, Address.broadcast()));
        everywhere.forEach(each -> awaitNote(each, 1));
        LoopbackClient client =
                engine.opened(engine.client().parameter("since", json(since)).connect());
        Message error = client.await("error");
        assertThat(error.number("code")).isEqualTo(4012);
        assertThat(error.text("context")).isEqualTo("connect");
        assertThat(error.text("message")).contains(says);
        publish(note(2, Address.broadcast()));
        awaitNote(client, 2);
        assertThat(notes(client)).containsExactly(2);
    }

    @Test
    void anOffsetOfAnotherLogIsAResetWithItsReason() {
        engine = TestEngine.start().awaitBegun();
        LoopbackClient other = resume("42", "admin", "lother.17-3");
        Message reset = other.await("reset");
        assertThat(reset.text("channel")).isEqualTo("inbox");
        assertThat(reset.text("reason")).isEqualTo("epoch_changed");
        assertThat(reset.text("offsets.live"))
                .isEqualTo(other.received().all("welcome").get(0).text("sources.live.offset"));
        LoopbackClient earlier = resume("42", "admin", "live_r1.17-3");
        assertThat(earlier.await("reset").text("reason")).isEqualTo("restarted");
    }

    @Test
    void anOffsetThatHasLeftTheLogIsAReset() {
        engine = TestEngine.start(builder -> builder.history(History.inMemory().bytes(1024 * 1024)))
                .awaitBegun();
        LoopbackClient client = connect("42", "admin");
        String offset = client.received().all("welcome").get(0).text("sources.live.offset");
        client.drop();
        List<LoopbackClient> everywhere = engine.everywhere();
        String large = "\"" + "x".repeat(100_000) + "\"";
        for (int i = 0; i < 20; i++) {
            int number = 100 + i;
            publish(dev.changecast.core.Message.to(Address.broadcast(), "large", large));
            publish(note(number, Address.broadcast()));
            // One after the other: the log is small, and whoever is as slow as that is reset, too.
            everywhere.forEach(each -> awaitNote(each, number));
        }
        LoopbackClient resumed = resume("42", "admin", offset);
        assertThat(resumed.await("reset").text("reason")).isEqualTo("window_passed");
        publish(note(1, Address.broadcast()));
        awaitNote(resumed, 1);
        assertThat(resumed.received().all("large")).isEmpty();
    }

    // ---- Restart

    @Test
    void theInboxGoesOnOverARestart() {
        InMemorySource source = new InMemorySource(DESKS);
        engine = TestEngine.start(source, builder -> builder.history(History.in(directory)))
                .awaitBegun();
        LoopbackClient first = connect("42", "admin");
        publish(note(1, Address.user("42")));
        String offset = awaitNote(first, 1).text("offset");
        publish(note(2, Address.user("42")).id("two"));
        engine.close();
        engine = TestEngine.start(new InMemorySource(DESKS), builder -> builder.history(History.in(directory)))
                .awaitBegun();
        assertThat(publish(note(2, Address.user("42")).id("two")).repeated()).isTrue();
        publish(note(3, Address.user("42")));
        LoopbackClient resumed = resume("42", "admin", offset);
        awaitNote(resumed, 3);
        publish(note(4, Address.user("42")));
        awaitNote(resumed, 4);
        assertThat(notes(resumed)).containsExactly(2, 3, 4);
        assertThat(resumed.received().all("reset")).isEmpty();
    }

    @Test
    void whoIsThereWhenTheEngineStartsIsToldWhereItsInboxBegins() {
        engine = TestEngine.start(new InMemorySource(DESKS), builder -> builder);
        LoopbackClient client = engine.connect();
        Message welcome = client.await("welcome");
        if (welcome.text("sources.live.offset") == null) {
            assertThat(client.await("heartbeat").text("offsets.live")).isNotNull();
        }
        publish(note(1, Address.broadcast()));
        awaitNote(client, 1);
    }

    // ---- What is refused

    @Test
    void aMessageLargerThanAFrameIsWhole() {
        engine = TestEngine.start().awaitBegun();
        LoopbackClient client = anonymous();
        String large = "\"" + "é".repeat(200_000) + "\"";
        Receipt receipt = publish(dev.changecast.core.Message.to(Address.broadcast(), "large", large));
        Message message = client.await("large");
        assertThat(message.text("content")).hasSize(200_000);
        assertThat(message.text("offset")).isEqualTo(receipt.offset());
        assertThat(client.received().all("commit")).isEmpty();
    }

    @Test
    void aMessageOverTheLimitIsRefused() {
        engine = TestEngine.start().awaitBegun();
        String large = "\"" + "é".repeat(300_000) + "\"";
        assertThat(engine.changecast.publish(dev.changecast.core.Message.to(Address.broadcast(), "large", large)))
                .failsWithin(Duration.ofSeconds(1))
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withMessageContaining("has 600002 bytes; it may have 524288");
    }

    @Test
    void noRouteShowsPublishedMessagesToWhoeverAsks() {
        engine = TestEngine.start(builder -> builder.route(Route.from("*/*").readEveryone()))
                .awaitBegun();
        publish(note(1, Address.user("42")));
        LoopbackClient client = anonymous();
        client.send(json("{'type':'subscribe','collection':'message','snapshot':false}"));
        assertThat(client.await("error").number("code")).isEqualTo(ErrorCode.UNKNOWN_COLLECTION.number());
    }

    @Test
    void noSourceIsNamedLive() {
        assertThatThrownBy(() -> Changecast.builder().source("live", new InMemorySource(DESKS)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no source can be named live");
    }

    @Test
    void nothingIsPublishedBeforeTheStartAndAfterTheEnd() {
        Changecast changecast = Changecast.builder().build();
        assertThatThrownBy(() -> changecast.publish(note(1, Address.broadcast())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("start the engine first");
        changecast.start();
        of(changecast.publish(note(1, Address.broadcast())));
        changecast.close();
        assertThat(changecast.publish(note(2, Address.broadcast())))
                .failsWithin(Duration.ofSeconds(1))
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withCauseInstanceOf(ChangecastException.class)
                .withMessageContaining("the server is going");
    }
}
