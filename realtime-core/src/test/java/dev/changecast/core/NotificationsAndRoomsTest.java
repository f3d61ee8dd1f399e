package dev.changecast.core;

import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Route.Readers;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What waits for a user comes once, whatever rooms the session joins, and whenever it becomes the user's. */
class NotificationsAndRoomsTest {
    private static final Limits SMALL_QUEUE =
            new Limits(100, 100, 100, 100, 512 * 1024, 16 * 1024, 100_000, 60_000, Set.of());

    private final FakeTokens tokens = new FakeTokens().with("ann", "ann");
    private TestEngine engine;
    private long published;

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }

    private void start(Limits limits) {
        engine = TestEngine.start(builder -> builder.limits(limits)
                .authenticator(tokens.orElse(Authenticator.anonymous()))
                .notifications(Notifications.DEFAULT.perUser(1000))
                .room(Room.pattern("*").join(Readers.EVERYONE).send(Readers.EVERYONE)));
        engine.awaitBegun();
    }

    private LoopbackClient anonymous() {
        LoopbackClient client = engine.connect();
        if (client.await("welcome").text("sources.live.offset") == null) {
            client.await("heartbeat");
        }
        return client;
    }

    private LoopbackClient ann() {
        LoopbackClient client =
                engine.opened(engine.client().parameter("token", "ann").connect());
        client.await("welcome");
        return client;
    }

    /** Publishes the next number, and returns its offset. */
    private String publish(String type, String to) {
        return publish(type, to, 0);
    }

    private String publish(String type, String to, int padding) {
        String content = "{\"n\":" + ++published + ",\"padding\":\"" + "x".repeat(padding) + "\"}";
        try {
            return engine.changecast
                    .publish(dev.changecast.core.Message.to(Address.parse(to), type, content))
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS)
                    .offset();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until all threads that own sessions have handed out what was published. */
    private void awaitSeen() {
        List<LoopbackClient> clients = engine.everywhere();
        publish("seen", "broadcast");
        clients.forEach(client -> {
            client.await("seen");
            client.drop();
        });
    }

    private static void join(LoopbackClient client, String room, String offset) {
        client.send(json("{'type':'join_room','room':'" + room + "','since':{'live':'" + offset + "'}}"));
    }

    private static Message awaitReady(LoopbackClient client, String channel) {
        Eventually.await(channel + " to be ready", () -> ready(client, channel).isPresent());
        return ready(client, channel).orElseThrow();
    }

    private static Optional<Message> ready(LoopbackClient client, String channel) {
        return client.received().all("ready").stream()
                .filter(message -> channel.equals(message.text("channel")))
                .findFirst();
    }

    private static List<Long> numbers(LoopbackClient client, String type) {
        return client.received().all(type).stream()
                .map(message -> message.number("content.n"))
                .toList();
    }

    @Test
    void whatWaitsAndWhatARoomMissedComeOnceEach() {
        start(TestEngine.LIMITS);
        String offset = publish("note", "room:a");
        publish("notification", "user:ann");
        publish("note", "room:a");
        publish("notification", "user:ann");
        awaitSeen();
        LoopbackClient ann = ann();
        join(ann, "a", offset);
        assertThat(awaitReady(ann, "room:a").text("offsets.live")).isNotNull();
        publish("notification", "user:ann");
        publish("note", "room:a");
        publish("end", "broadcast");
        ann.await("end");
        assertThat(numbers(ann, "notification")).containsExactly(2L, 4L, 6L);
        assertThat(numbers(ann, "note")).containsExactly(3L, 7L);
        assertThat(ann.received().all("waiting")).hasSize(1);
    }

    @Test
    void whatIsForAUserAndARoomAtOnceComesOnceWhereverTheRoomGoesOn() {
        start(TestEngine.LIMITS);
        String offset = publish("note", "room:a");
        publishToBoth();
        publishToBoth();
        publish("note", "room:a");
        awaitSeen();
        LoopbackClient ann = ann();
        join(ann, "a", offset);
        awaitReady(ann, "room:a");
        publishToBoth();
        publish("end", "broadcast");
        ann.await("end");
        assertThat(numbers(ann, "notification")).containsExactly(2L, 3L, 6L);
        assertThat(numbers(ann, "note")).containsExactly(4L);
        assertThat(ann.received().all("notification"))
                .extracting(message -> message.text("channel"))
                .containsOnly("user:ann");
    }

    /** Notifies ann and a room she may be in. */
    private void publishToBoth() {
        engine.changecast
                .publish(new dev.changecast.core.Message(
                        List.of(Address.user("ann"), Address.room("a")),
                        "notification",
                        "{\"n\":" + ++published + "}",
                        null,
                        false))
                .toCompletableFuture()
                .join();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void nothingIsMissedAndNothingComesTwiceWhereverTheRoomsGoOn(long seed) throws InterruptedException {
        start(seed % 2 == 0 ? SMALL_QUEUE : TestEngine.LIMITS);
        Random random = new Random(seed);
        List<String> all = List.of("user:ann", "room:a", "room:b");
        List<String> offsets = new ArrayList<>();
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String to = all.get(random.nextInt(all.size()));
            sent.add(to);
            offsets.add(publish(to.startsWith("user:") ? "notification" : "note", to, random.nextInt(600)));
        }
        Thread writer = new Thread(
                () -> {
                    Random more = new Random(seed + 100);
                    for (int i = 0; i < 100; i++) {
                        String to = all.get(more.nextInt(all.size()));
                        sent.add(to);
                        publish(to.startsWith("user:") ? "notification" : "note", to, more.nextInt(600));
                    }
                },
                "writer");
        int a = random.nextInt(200);
        int b = random.nextInt(200);
        LoopbackClient ann = ann();
        writer.start();
        join(ann, "a", offsets.get(a));
        join(ann, "b", offsets.get(b));
        writer.join();
        awaitReady(ann, "room:a");
        awaitReady(ann, "room:b");
        publish("end", "broadcast");
        ann.await("end");
        assertThat(numbers(ann, "notification")).isEqualTo(expected(sent, "user:ann", -1));
        assertThat(notes(ann, "room:a")).isEqualTo(expected(sent, "room:a", a));
        assertThat(notes(ann, "room:b")).isEqualTo(expected(sent, "room:b", b));
        assertThat(ann.received().all("reset")).isEmpty();
    }

    private static List<Long> notes(LoopbackClient client, String channel) {
        return client.received().all("note").stream()
                .filter(message -> channel.equals(message.text("channel")))
                .map(message -> message.number("content.n"))
                .toList();
    }

    /** The numbers of what was sent there after a place. */
    private static List<Long> expected(List<String> sent, String address, int after) {
        return IntStream.range(after + 1, sent.size())
                .filter(i -> sent.get(i).equals(address))
                .mapToObj(i -> i + 1L)
                .toList();
    }

    @Test
    void aSessionThatBecomesAUsersIsSentWhatWaits() {
        start(TestEngine.LIMITS);
        LoopbackClient client = anonymous();
        publish("notification", "user:ann");
        publish("note", "broadcast");
        awaitSeen();
        client.send(json("{'type':'authenticate','token':'ann'}"));
        assertThat(client.await("waiting").number("count")).isEqualTo(1);
        publish("notification", "user:ann");
        publish("end", "broadcast");
        client.await("end");
        assertThat(numbers(client, "notification")).containsExactly(1L, 4L);
        assertThat(numbers(client, "note")).containsExactly(2L);
        Message welcome = client.received().all("welcome").get(1);
        assertThat(welcome.text("sources.live.offset")).isNull();
        List<Message> after = client.received().all();
        after = after.subList(after.indexOf(client.received().all("waiting").get(0)), after.size());
        assertThat(after).anyMatch(message -> message.is("heartbeat") && message.text("offsets.live") != null);
    }

    @Test
    void aSlowSessionThatBecomesAUsersMissesNothing() {
        start(SMALL_QUEUE);
        LoopbackClient client = anonymous();
        client.stopTaking();
        for (int i = 0; i < 20; i++) {
            publish("note", "broadcast", 5000);
        }
        publish("notification", "user:ann");
        publish("note", "broadcast");
        awaitSeen();
        client.send(json("{'type':'authenticate','token':'ann'}"));
        publish("notification", "user:ann");
        publish("end", "broadcast");
        client.startTaking();
        client.await("end");
        Eventually.await("both", () -> numbers(client, "notification").size() >= 2);
        assertThat(numbers(client, "notification")).hasSize(2).isSorted();
        assertThat(numbers(client, "note"))
                .isEqualTo(IntStream.rangeClosed(1, 22)
                        .filter(i -> i != 21)
                        .mapToObj(i -> (long) i)
                        .toList());
    }
}
