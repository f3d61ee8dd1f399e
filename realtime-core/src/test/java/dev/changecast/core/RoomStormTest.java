package dev.changecast.core;

import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Route.Readers;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Thousands of sessions of the same users join and leave rooms, and go without a word, while messages flow. */
class RoomStormTest {
    private static final int THREADS = 4;
    private static final int LIVES = 1000;
    private static final int USERS = 50;
    private static final int ROOMS = 20;
    private static final int MESSAGES = 2000;
    private static final Duration GATHER = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(60);

    /** Small, so that sessions fall behind. */
    private static final Limits LIMITS =
            new Limits(10_000, 10_000, 10_000, 100, 512 * 1024, 16 * 1024, 100_000, 60_000, Set.of());

    private final TestEngine engine = TestEngine.start(builder -> builder.limits(LIMITS)
            .presence(PresenceSettings.DEFAULT.gather(GATHER).grace(Duration.ofMillis(50)))
            .room(Room.pattern("r*").join(Readers.EVERYONE).send(Readers.EVERYONE)));

    /** One that is there at the end, and the rooms it is in then. */
    private record Staying(String user, LoopbackClient client, Set<String> rooms) {}

    /** Those that have ended, as long as anybody holds them. */
    private final ConcurrentLinkedQueue<WeakReference<LoopbackClient>> ended = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        engine.close();
    }

    /** One session, from its opening to its end or to where it stays. */
    private void live(Random random, ConcurrentLinkedQueue<Staying> staying) {
        String user = "u" + random.nextInt(USERS);
        LoopbackClient client = engine.client().header("User", user).connect();
        Set<String> rooms = new TreeSet<>();
        for (int moves = 1 + random.nextInt(6); moves > 0; moves--) {
            String room = "r" + random.nextInt(ROOMS);
            boolean leaves = rooms.remove(room);
            if (!leaves) {
                rooms.add(room);
            }
            client.send(json("{'type':'" + (leaves ? "leave_room" : "join_room") + "','room':'" + room + "'}"));
        }
        int end = random.nextInt(20);
        if (end == 0) {
            staying.add(new Staying(user, client, rooms));
            return;
        }
        if (end < 14) {
            client.drop();
        } else {
            client.close();
        }
        ended.add(new WeakReference<>(client));
    }

    private void publish(ConcurrentLinkedQueue<Integer> said) {
        Random random = new Random(5);
        for (int i = 0; i < MESSAGES; i++) {
            int room = random.nextInt(ROOMS);
            said.add(room);
            try {
                engine.changecast
                        .publish(dev.changecast.core.Message.to(
                                Address.room("r" + room), "note", "{\"n\":" + i + ",\"room\":" + room + "}"))
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    private LoopbackClient watcher(int room) {
        LoopbackClient watcher = engine.connect("watcher" + room);
        watcher.send(json("{'type':'join_room','room':'r" + room + "'}"));
        watcher.await("room_joined");
        return watcher;
    }

    @Test
    void everybodyIsWhereTheyAreInTheEndAndWhoStayedMissedNothing() throws InterruptedException {
        List<LoopbackClient> watchers =
                IntStream.range(0, ROOMS).mapToObj(this::watcher).toList();
        LoopbackClient slow = engine.connect("slow");
        slow.send(json("{'type':'join_room','room':'r0'}"));
        slow.await("room_joined");
        slow.stopTaking();
        long began = System.nanoTime();
        ConcurrentLinkedQueue<Staying> staying = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Integer> said = new ConcurrentLinkedQueue<>();
        List<Thread> storm = new ArrayList<>(List.of(new Thread(() -> publish(said), "publisher")));
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(i);
            storm.add(new Thread(() -> IntStream.range(0, LIVES).forEach(life -> live(random, staying)), "storm-" + i));
        }
        storm.forEach(Thread::start);
        for (Thread thread : storm) {
            thread.join();
        }
        Map<String, Map<String, Integer>> expected = new TreeMap<>();
        IntStream.range(0, ROOMS).forEach(room -> expected.put("r" + room, new TreeMap<>(Map.of("watcher" + room, 1))));
        expected.get("r0").put("slow", 1);
        staying.forEach(each -> each.rooms.forEach(room -> expected.get(room).merge(each.user, 1, Integer::sum)));
        Eventually.await(
                "the server to know who is where", LONG, () -> members().equals(expected));
        assertThat(engine.changecast.sessions()).isEqualTo(staying.size() + ROOMS + 1);
        assertThat(engine.changecast.presence().onlineUsers())
                .isEqualTo((int) staying.stream().map(Staying::user).distinct().count() + ROOMS + 1);
        slow.startTaking();
        engine.changecast.publish(dev.changecast.core.Message.to(Address.broadcast(), "end", "{}"));
        for (int room = 0; room < ROOMS; room++) {
            knows(watchers.get(room), room, expected, said);
            long diffs = watchers.get(room).received().all("presence_diff").size();
            long periods = (System.nanoTime() - began) / GATHER.toNanos();
            assertThat(diffs).as("what a member was told").isLessThan(periods + 10);
        }
        knows(slow, 0, expected, said);
        staying.forEach(each -> each.client.drop());
        Eventually.await(
                "those who stayed to be gone",
                LONG,
                () -> engine.changecast.sessions() == ROOMS + 1
                        && engine.changecast.presence().onlineUsers() == ROOMS + 1);
        staying.clear();
        Eventually.await("nothing to hold a session that has ended", LONG, () -> {
            System.gc();
            return ended.stream().allMatch(client -> client.get() == null);
        });
    }

    /** Who is in which room, with how many sessions, as the server knows. */
    private Map<String, Map<String, Integer>> members() {
        Map<String, Map<String, Integer>> members = new TreeMap<>();
        for (Presence.OpenRoom room : engine.changecast.presence().rooms(ROOMS * 2)) {
            Map<String, Integer> users = new TreeMap<>();
            engine.changecast
                    .presence()
                    .members(room.room(), USERS * 2)
                    .forEach(member -> users.put(String.valueOf(member.user()), member.sessions()));
            members.put(room.room(), users);
        }
        return members;
    }

    private static void knows(
            LoopbackClient member,
            int room,
            Map<String, Map<String, Integer>> expected,
            ConcurrentLinkedQueue<Integer> said) {
        member.received().await("the end", LONG, message -> message.is("end"));
        List<Long> numbers = new ArrayList<>();
        long number = 0;
        for (int each : said) {
            if (each == room) {
                numbers.add(number);
            }
            number++;
        }
        assertThat(member.received().all("note"))
                .extracting(message -> message.number("content.n"))
                .isEqualTo(numbers);
        Eventually.await(
                "a member of r" + room + " to know who is there",
                LONG,
                () -> told(member, room).equals(expected.get("r" + room).keySet()));
    }

    /** Who is in a room, as a member makes it of what it was told. */
    private static Set<String> told(LoopbackClient client, int room) {
        Set<String> members = new TreeSet<>();
        for (Message message : client.received().all()) {
            if (!("r" + room).equals(message.text("room"))) {
                continue;
            }
            boolean all = message.is("room_joined") || message.is("presence");
            if (all) {
                members.clear();
            }
            String list = message.is("room_joined") ? "members" : message.is("presence") ? "users" : "joins";
            for (int i = 0; i < message.list(list).size(); i++) {
                members.add(String.valueOf(message.text(list + "." + i + ".user_id")));
            }
            message.list("leaves").forEach(left -> members.remove(String.valueOf(left)));
        }
        return members;
    }
}
