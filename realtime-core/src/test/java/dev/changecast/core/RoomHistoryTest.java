package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Route.Readers;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who comes back to a room gets what was missed, in order and once, and then what is new. */
class RoomHistoryTest {
    private static final Limits SMALL_QUEUE =
            new Limits(100, 100, 100, 100, 512 * 1024, 16 * 1024, 100_000, 60_000, Set.of());

    @TempDir
    private Path directory;

    private TestEngine engine;
    private long published;

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }

    private void start(UnaryOperator<Changecast.Builder> more) {
        engine = TestEngine.start(builder ->
                more.apply(builder.room(Room.pattern("*").join(Readers.EVERYONE).send(Readers.EVERYONE))
                        .presence(PresenceSettings.DEFAULT.gather(Duration.ofMillis(5)))));
    }

    /** Publishes the next number to these addresses, and returns its offset. */
    private String publish(String... to) {
        return publish(0, to);
    }

    private String publish(int padding, String... to) {
        List<Address> addresses = List.of(to).stream().map(Address::parse).toList();
        try {
            return engine.changecast
                    .publish(new dev.changecast.core.Message(
                            addresses,
                            "note",
                            "{\"n\":" + ++published + ",\"padding\":\"" + "x".repeat(padding) + "\"}",
                            null,
                            false))
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS)
                    .offset();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private LoopbackClient connect(String user) {
        LoopbackClient client = engine.connect(user);
        client.await("welcome");
        return client;
    }

    private LoopbackClient resume(String user, String offset) {
        LoopbackClient client = engine.opened(engine.client()
                .header("User", user)
                .parameter("since", json("{'live':'" + offset + "'}"))
                .connect());
        client.await("welcome");
        return client;
    }

    private static void join(LoopbackClient client, String room, String offset) {
        client.send(json("{'type':'join_room','room':'" + room + "','since':{'live':'" + offset + "'}}"));
    }

    private static void join(LoopbackClient client, String room) {
        client.send(json("{'type':'join_room','room':'" + room + "'}"));
        client.await("room_joined");
    }

    private static Message awaitReady(LoopbackClient client, String room) {
        return client.await(
                room + " to be ready",
                message -> message.is("ready") && ("room:" + room).equals(message.text("channel")));
    }

    private static List<Long> notes(LoopbackClient client) {
        return client.received().all("note").stream()
                .map(message -> message.number("content.n"))
                .toList();
    }

    private static void awaitNote(LoopbackClient client, long number) {
        Eventually.await("note " + number, () -> notes(client).contains(number));
    }

    private static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void whatWasMissedComesThenReadyThenWhatIsNew() {
        start(builder -> builder);
        LoopbackClient ann = connect("ann");
        join(ann, "a");
        String offset = publish("room:a");
        awaitNote(ann, 1);
        ann.drop();
        publish("room:a");
        publish("room:b");
        publish("room:a");
        engine.awaitHandedOut();
        LoopbackClient again = connect("ann");
        join(again, "a", offset);
        assertThat(again.await("room_joined").number("count")).isEqualTo(1);
        Message ready = awaitReady(again, "a");
        assertThat(notes(again)).containsExactly(2L, 4L);
        assertThat(ready.text("offsets.live")).isNotNull();
        publish("room:a");
        awaitNote(again, 5);
        assertThat(notes(again)).containsExactly(2L, 4L, 5L);
        assertThat(again.received().all("reset")).isEmpty();
    }

    @Test
    void withoutAnOffsetItBeginsNow() {
        start(builder -> builder);
        publish("room:a");
        LoopbackClient ann = connect("ann");
        // With it, what was published before it has been handed out, too.
        publish("user:ann");
        awaitNote(ann, 2);
        join(ann, "a");
        publish("room:a");
        awaitNote(ann, 3);
        assertThat(notes(ann)).containsExactly(2L, 3L);
        assertThat(ann.received().all("ready")).isEmpty();
    }

    @Test
    void anOffsetThatIsNoneIsRefusedAndOneOfAnotherHistoryIsReset() {
        start(builder -> builder);
        LoopbackClient ann = connect("ann");
        join(ann, "a", "nonsense");
        assertThat(ann.await("error").number("code")).isEqualTo(4012);
        join(ann, "a", "other.17-3");
        ann.await("room_joined");
        Message reset = ann.await("reset");
        assertThat(reset.text("channel")).isEqualTo("room:a");
        assertThat(reset.text("reason")).isEqualTo("epoch_changed");
        assertThat(reset.text("offsets.live")).isNotNull();
        awaitReady(ann, "a");
        publish("room:a");
        awaitNote(ann, 1);
    }

    @Test
    void anOffsetThatTheLogHasForgottenIsReset() {
        start(builder -> builder.history(new History(null, 1 << 20, Duration.ofDays(1), 1 << 20)));
        LoopbackClient ann = connect("ann");
        String offset = publish("room:a");
        for (int i = 0; i < 60; i++) {
            publish(60_000, "room:a");
        }
        join(ann, "a", offset);
        assertThat(ann.await("reset").text("reason")).isEqualTo("window_passed");
        awaitReady(ann, "a");
    }

    /** Several rooms, each by its own place, the inbox by another, and messages that go to several of them. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void nothingIsMissedAndNothingComesTwiceWhereverEachRoomGoesOn(long seed) throws InterruptedException {
        start(builder -> builder.limits(seed % 2 == 0 ? SMALL_QUEUE : TestEngine.LIMITS));
        Random random = new Random(seed);
        List<String> all = List.of("broadcast", "user:ann", "user:bob", "room:a", "room:b", "room:c", "room:d");
        List<String> offsets = new ArrayList<>();
        List<List<String>> sent = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            List<String> to = random.ints(1 + random.nextInt(3), 0, all.size())
                    .mapToObj(all::get)
                    .distinct()
                    .toList();
            sent.add(to);
            offsets.add(publish(random.nextInt(600), to.toArray(String[]::new)));
        }
        int inbox = random.nextInt(280);
        LoopbackClient ann = resume("ann", offsets.get(inbox));
        List<String> rooms = List.of("a", "b", "c");
        int[] from = new int[rooms.size()];
        Thread writer = new Thread(
                () -> {
                    Random more = new Random(seed + 100);
                    for (int i = 0; i < 100; i++) {
                        List<String> to = more.ints(1 + more.nextInt(3), 0, all.size())
                                .mapToObj(all::get)
                                .distinct()
                                .toList();
                        sent.add(to);
                        publish(more.nextInt(600), to.toArray(String[]::new));
                    }
                },
                "writer");
        writer.start();
        for (int i = 0; i < rooms.size(); i++) {
            from[i] = random.nextInt(300);
            join(ann, rooms.get(i), offsets.get(from[i]));
        }
        writer.join();
        rooms.forEach(room -> ann.await("ready"));
        sent.add(List.of("broadcast"));
        publish("broadcast");
        awaitNote(ann, published);
        List<Long> expected = new ArrayList<>();
        for (int number = 1; number <= sent.size(); number++) {
            int index = number - 1;
            boolean wanted = false;
            for (String address : sent.get(index)) {
                int begins = address.startsWith("room:")
                        ? rooms.contains(address.substring(5)) ? from[rooms.indexOf(address.substring(5))] : sent.size()
                        : address.equals("user:bob") ? sent.size() : inbox;
                wanted |= index > begins;
            }
            if (wanted) {
                expected.add((long) number);
            }
        }
        assertThat(notes(ann)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(ann.received().all("note").stream().map(message -> message.text("offset")))
                .doesNotHaveDuplicates();
        assertThat(ann.received().all("reset")).isEmpty();
    }

    @Test
    void theOffsetsOfASessionNeverGoPastWhatARoomHasNotHad() {
        // Heartbeats all the time, and a client that takes one batch after the other.
        start(builder -> builder.limits(new Limits(100, 100, 100, 100, 512 * 1024, 16 * 1024, 100_000, 250, Set.of())));
        String offset = publish("broadcast");
        for (int i = 0; i < 400; i++) {
            publish(1000, "room:a");
        }
        long last = published;
        LoopbackClient ann = connect("ann");
        ann.await("heartbeat");
        ann.stopTaking();
        join(ann, "a", offset);
        publish("user:ann");
        int pings = ann.pings();
        Eventually.await("a heartbeat while the room is being read", () -> ann.pings() > pings + 1);
        Eventually.await("the last", () -> {
            ann.takeOne();
            return notes(ann).contains(last);
        });
        ann.startTaking();
        awaitReady(ann, "a");
        awaitNote(ann, last + 1);
        // Whoever resumes from any offset that was told, misses nothing of what came after it here.
        long had = 0;
        List<Message> all = ann.received().all();
        int joined = all.indexOf(ann.received().all("room_joined").get(0));
        assertThat(all.subList(joined, all.size())).anyMatch(message -> message.is("heartbeat"));
        List<String> told = new ArrayList<>();
        for (Message message : all.subList(joined, all.size())) {
            if (message.is("note")) {
                assertThat(message.number("content.n")).isGreaterThan(had);
                had = message.number("content.n");
                told.add(message.text("offset"));
            } else if (message.is("heartbeat")) {
                String live = message.text("offsets.live");
                assertThat(live).isEqualTo(told.isEmpty() ? offset : told.get(told.size() - 1));
            }
        }
        assertThat(had).isEqualTo(last + 1);
    }

    @Test
    void aSlowMemberReadsTheRoomFromTheLog() {
        start(builder -> builder.limits(SMALL_QUEUE));
        LoopbackClient ann = connect("ann");
        join(ann, "a");
        ann.stopTaking();
        for (int i = 0; i < 200; i++) {
            publish(1000, "room:a");
        }
        join(ann, "b", publish("room:b"));
        publish("room:b");
        ann.startTaking();
        awaitReady(ann, "b");
        awaitNote(ann, published);
        List<Long> expected = new ArrayList<>(range(1, 200));
        expected.add(202L);
        assertThat(notes(ann)).isEqualTo(expected);
    }

    @Test
    void whoLeavesWhileBehindHearsNothingMore() {
        start(builder -> builder.limits(SMALL_QUEUE));
        LoopbackClient ann = connect("ann");
        join(ann, "a");
        ann.stopTaking();
        for (int i = 0; i < 200; i++) {
            publish(1000, "room:a");
        }
        ann.send(json("{'type':'leave_room','room':'a'}"));
        publish("broadcast");
        ann.startTaking();
        awaitNote(ann, 201);
        List<Message> all = ann.received().all();
        int left = all.indexOf(ann.received().all("room_left").get(0));
        assertThat(all.subList(left, all.size()).stream().filter(message -> "room:a".equals(message.text("channel"))))
                .isEmpty();
    }

    // ---- What routes push

    private static UnaryOperator<Changecast.Builder> pushing() {
        return builder -> builder.route(Route.from("pg/public.desks").push("room:{row.label}", "user:{row.label}"));
    }

    private static LoopbackClient resumeChanges(TestEngine engine, String user, String room, String since) {
        LoopbackClient client = engine.opened(engine.client()
                .header("User", user)
                .parameter("since", json("{'pg':'" + since + "'}"))
                .connect());
        client.await("welcome");
        client.send(json("{'type':'join_room','room':'" + room + "','since':{'pg':'" + since + "'}}"));
        return client;
    }

    private static List<Long> ids(LoopbackClient client) {
        return client.received().all("change").stream()
                .map(message -> message.number("data.id"))
                .toList();
    }

    @Test
    void changesThatWerePushedToTheRoomMeanwhileComeToo() {
        start(pushing());
        LoopbackClient ann = connect("ann");
        join(ann, "a");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "a"));
        ann.await("change");
        String offset = ann.await("commit").text("offset");
        ann.drop();
        engine.source.commit(tx -> tx.insert(DESKS, 2, 1, "a").insert(DESKS, 3, 1, "b"));
        engine.source.commit(tx -> tx.insert(DESKS, 4, 1, "ann"));
        engine.source.commit(tx -> tx.insert(DESKS, 5, 1, "a"));
        LoopbackClient again = resumeChanges(engine, "ann", "a", offset);
        awaitReady(again, "a");
        engine.source.commit(tx -> tx.insert(DESKS, 6, 1, "a"));
        again.await("the last", message -> message.is("change") && message.number("data.id") == 6);
        assertThat(ids(again)).containsExactlyInAnyOrder(2L, 4L, 5L, 6L);
    }

    @Test
    void whatWasPushedToTheRoomAndToTheUserComesOnce() {
        // "ann" is a user and a room.
        start(pushing());
        LoopbackClient ann = connect("ann");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "ann"));
        ann.await("change");
        String offset = ann.await("commit").text("offset");
        ann.drop();
        for (int i = 2; i < 20; i++) {
            int id = i;
            engine.source.commit(tx -> tx.insert(DESKS, id, 1, "ann"));
        }
        LoopbackClient again = resumeChanges(engine, "ann", "ann", offset);
        awaitReady(again, "ann");
        engine.source.commit(tx -> tx.insert(DESKS, 20, 1, "ann"));
        again.await("the last", message -> message.is("change") && message.number("data.id") == 20);
        assertThat(ids(again)).containsExactlyInAnyOrderElementsOf(range(2, 20));
    }

    @Test
    void severalRoomsCatchUpTogetherWhileChangesGoOn() throws InterruptedException {
        start(pushing());
        LoopbackClient ann = connect("ann");
        join(ann, "a");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "a"));
        ann.await("change");
        String offset = ann.await("commit").text("offset");
        ann.drop();
        for (int i = 2; i <= 200; i++) {
            int id = i;
            engine.source.commit(tx -> tx.insert(DESKS, id, 1, "r" + id % 5));
        }
        Thread writer = new Thread(
                () -> {
                    for (int i = 201; i <= 400; i++) {
                        int id = i;
                        engine.source.commit(tx -> tx.insert(DESKS, id, 1, "r" + id % 5));
                    }
                },
                "writer");
        writer.start();
        LoopbackClient again = resumeChanges(engine, "ann", "r0", offset);
        for (int room = 1; room < 5; room++) {
            again.send(json("{'type':'join_room','room':'r" + room + "','since':{'pg':'" + offset + "'}}"));
        }
        for (int room = 0; room < 5; room++) {
            again.await("a room", message -> message.is("ready"));
        }
        writer.join();
        engine.source.commit(tx -> tx.insert(DESKS, 401, 1, "r0"));
        again.await("the last", message -> message.is("change") && message.number("data.id") == 401);
        assertThat(ids(again)).containsExactlyInAnyOrderElementsOf(range(2, 401));
    }

    // ---- Restart

    @Test
    void aRoomGoesOnOverARestart() {
        start(builder -> builder.history(History.in(directory)));
        LoopbackClient ann = connect("ann");
        join(ann, "a");
        ann.send(json("{'type':'room_message','id':1,'room':'a','content':{'n':1},'message_id':'m1'}"));
        String offset = ann.await("ok").text("offset");
        ann.send(json("{'type':'room_message','id':2,'room':'a','content':{'n':2},'message_id':'m2'}"));
        ann.await("ok");
        InMemorySource source = new InMemorySource(DESKS);
        engine.close();
        engine = TestEngine.start(
                        source,
                        builder -> builder.history(History.in(directory))
                                .room(Room.pattern("*").join(Readers.EVERYONE).send(Readers.EVERYONE)))
                .awaitStreaming();
        LoopbackClient again = resume("ann", offset);
        join(again, "a", offset);
        again.send(json("{'type':'room_message','id':3,'room':'a','content':{'n':2},'message_id':'m2'}"));
        again.send(json("{'type':'room_message','id':4,'room':'a','content':{'n':3},'message_id':'m3'}"));
        again.await("the last", message -> message.is("room_message") && message.number("content.n") == 3);
        List<Message> said = again.received().all("room_message");
        assertThat(said).extracting(message -> message.number("content.n")).containsExactly(2L, 3L);
        assertThat(said).extracting(message -> message.text("from")).containsOnly("ann");
        assertThat(said).extracting(message -> message.text("room")).containsOnly("a");
    }
}
