package dev.changecast.core.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.core.Presence.OnlineUser;
import dev.changecast.core.Presence.OpenRoom;
import dev.changecast.core.PresenceSettings;
import dev.changecast.core.RoomLimits;
import dev.changecast.testing.Message;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is where, and what others are told of it, by a clock that a test moves. */
class RoomRegistryTest {
    private static final Duration GATHER = Duration.ofMillis(250);
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final FakeTimer timer = new FakeTimer();
    private final List<RoomNews> news = new ArrayList<>();
    private RoomRegistry registry = registry(PresenceSettings.DEFAULT, RoomLimits.DEFAULT);

    private RoomRegistry registry(PresenceSettings settings, RoomLimits limits) {
        return new RoomRegistry(settings, limits, timer, news::addAll);
    }

    /** What was told of a room since this was asked last, after what is gathered. */
    private List<String> told() {
        timer.pass(GATHER);
        List<String> all = news.stream()
                .flatMap(each -> each.messages().stream())
                .map(Object::toString)
                .toList();
        news.clear();
        return all;
    }

    private static String users(Listing listing) {
        byte[] users = listing.users();
        return users == null ? "null" : new String(users, StandardCharsets.UTF_8);
    }

    @Test
    void whoComesIsInTheListAndToldToTheOthersOnce() {
        assertThat(users(registry.join("a", "ann", "Ann \"A\"")))
                .isEqualTo("[{\"user_id\":\"ann\",\"name\":\"Ann \\\"A\\\"\"}]");
        Listing second = registry.join("a", "bob", null);
        assertThat(users(second)).contains("ann").contains("{\"user_id\":\"bob\"}");
        assertThat(second.count()).isEqualTo(2);
        // Another device is no news, and neither is its end.
        registry.join("a", "ann", "Ann");
        assertThat(told())
                .containsExactly("{\"type\":\"presence_diff\",\"room\":\"a\",\"joins\":[{\"user_id\":\"ann\",\"name\":"
                        + "\"Ann \\\"A\\\"\"},{\"user_id\":\"bob\"}],\"leaves\":[],\"count\":2}");
        registry.leave("a", "ann", false);
        assertThat(told()).isEmpty();
        registry.leave("a", "ann", false);
        assertThat(told())
                .containsExactly(
                        "{\"type\":\"presence_diff\",\"room\":\"a\",\"joins\":[],\"leaves\":[\"ann\"],\"count\":1}");
        registry.leave("a", "bob", false);
        assertThat(told()).isEmpty();
        assertThat(registry.roomCount()).isZero();
    }

    @Test
    void whoLosesTheLastConnectionIsThereForTheGraceTime() {
        registry.join("a", "ann", null);
        registry.join("a", "bob", null);
        told();
        registry.leave("a", "ann", true);
        timer.pass(GRACE.minusMillis(1).minus(GATHER));
        assertThat(told()).isEmpty();
        assertThat(users(registry.listing("a"))).contains("ann");
        timer.pass(Duration.ofMillis(1));
        assertThat(told()).singleElement().asString().contains("\"leaves\":[\"ann\"]");
    }

    @Test
    void whoComesBackInTimeWasNeverAway() {
        registry.join("a", "ann", null);
        registry.join("a", "bob", null);
        registry.update("a", "ann", "{\"cursor\":1}");
        told();
        for (int i = 0; i < 10; i++) {
            registry.leave("a", "ann", true);
            timer.pass(GRACE.minusMillis(1));
            assertThat(users(registry.join("a", "ann", null))).contains("{\"cursor\":1}");
        }
        timer.pass(GRACE.multipliedBy(2));
        assertThat(told()).isEmpty();
        registry.leave("a", "ann", true);
        timer.pass(GRACE);
        assertThat(told()).hasSize(1);
    }

    @Test
    void aUserIsOnlineWhileAnySessionIs() {
        registry.online("ann", null);
        registry.online("ann", null);
        assertThat(told()).containsExactly("{\"type\":\"user_status\",\"user_id\":\"ann\",\"status\":\"online\"}");
        registry.offline("ann");
        timer.pass(GRACE);
        assertThat(told()).isEmpty();
        registry.offline("ann");
        assertThat(registry.online(10)).containsExactly(new OnlineUser("ann", 0));
        timer.pass(GRACE);
        // Whoever watches has a session: without one there is nobody to be told.
        registry.online("bob", null);
        assertThat(told()).contains("{\"type\":\"user_status\",\"user_id\":\"bob\",\"status\":\"online\"}");
        assertThat(registry.onlineUsers()).isEqualTo(1);
    }

    @Test
    void offlineIsToldToThoseWhoAreThere() {
        registry.online("ann", null);
        registry.online("bob", null);
        told();
        registry.offline("ann");
        timer.pass(GRACE);
        assertThat(told()).containsExactly("{\"type\":\"user_status\",\"user_id\":\"ann\",\"status\":\"offline\"}");
    }

    @Test
    void sessionsWithoutAUserAreCountedAndNotNamed() {
        registry.join("a", "ann", null);
        Listing listing = registry.join("a", null, null);
        assertThat(users(listing)).isEqualTo("[{\"user_id\":\"ann\"}]");
        assertThat(listing.count()).isEqualTo(2);
        assertThat(told()).singleElement().asString().endsWith("\"count\":2}");
        registry.leave("a", null, true);
        assertThat(told())
                .containsExactly("{\"type\":\"presence_diff\",\"room\":\"a\",\"joins\":[],\"leaves\":[],\"count\":1}");
        assertThat(registry.rooms(10)).containsExactly(new OpenRoom("a", 1, 1));
    }

    @Test
    void aStateIsToldAndEndsWithItsUser() {
        registry.join("a", "ann", null);
        registry.join("a", "bob", null);
        told();
        registry.update("a", "ann", "{\"typing\":true}");
        registry.update("a", "ann", "{\"typing\":false}");
        assertThat(told())
                .singleElement()
                .asString()
                .contains("\"joins\":[{\"user_id\":\"ann\",\"state\":{\"typing\":false}}],\"leaves\":[]");
        registry.update("a", "ann", "{\"typing\":false}");
        assertThat(told()).isEmpty();
        registry.update("a", "ann", null);
        assertThat(told()).singleElement().asString().contains("\"joins\":[{\"user_id\":\"ann\"}]");
        String large = "\"" + "x".repeat(1100) + "\"";
        assertThatThrownBy(() -> registry.update("a", "ann", large))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("it may have 1024");
        registry.update("a", "ann", "1");
        registry.leave("a", "ann", false);
        assertThat(users(registry.join("a", "ann", null))).contains("{\"user_id\":\"ann\"}");
    }

    @Test
    void aFullRoomTakesNobodyElse() {
        registry = registry(PresenceSettings.DEFAULT, new RoomLimits(10, 2));
        registry.join("a", "ann", null);
        registry.join("a", "ann", null);
        assertThatThrownBy(() -> registry.join("a", "bob", null))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("2 members");
        registry.leave("a", "ann", false);
        registry.join("a", "bob", null);
    }

    @Test
    void ofManyOnlyTheNumberIsToldUntilTheyAreFewer() {
        registry = registry(PresenceSettings.DEFAULT.listed(8), RoomLimits.DEFAULT);
        for (int i = 0; i < 8; i++) {
            assertThat(registry.join("a", "u" + i, null).users()).isNotNull();
        }
        assertThat(told()).singleElement().asString().contains("presence_diff").contains("u7");
        assertThat(registry.join("a", "u8", null).users()).isNull();
        assertThat(told()).containsExactly("{\"type\":\"presence\",\"room\":\"a\",\"users\":null,\"count\":9}");
        registry.join("a", "u9", null);
        assertThat(told())
                .containsExactly("{\"type\":\"presence_diff\",\"room\":\"a\",\"joins\":[],\"leaves\":[],\"count\":10}");
        for (int i = 9; i > 6; i--) {
            registry.leave("a", "u" + i, false);
            assertThat(told()).singleElement().asString().contains("\"leaves\":[]");
        }
        registry.leave("a", "u6", false);
        assertThat(told())
                .singleElement()
                .asString()
                .startsWith("{\"type\":\"presence\",\"room\":\"a\",\"users\":[{\"user_id\":\"u0\"}")
                .endsWith("\"count\":6}");
    }

    @Test
    void aLargeRoomIsToldLessOften() {
        for (int i = 0; i < 4000; i++) {
            registry.join("large", "u" + i, null);
        }
        told();
        registry.leave("large", "u0", false);
        for (int i = 1; i < 4; i++) {
            assertThat(told()).as("time %d", i).isEmpty();
        }
        assertThat(told()).hasSize(1);
    }

    /** Keeps the list of a room as a client does. */
    private static final class Watcher {
        private final String room;
        private final Map<String, String> known = new TreeMap<>();
        private boolean listed;
        private long told;
        private int count;

        private Watcher(String room, Listing listing) {
            this.room = room;
            told = listing.number();
            list(listing.users() == null ? "null" : users(listing), listing.count());
        }

        private void list(String users, long total) {
            Message message = new Message("{\"users\":" + users + "}");
            known.clear();
            listed = message.get("users") != null;
            put(message, "users");
            count = (int) total;
        }

        private void put(Message message, String list) {
            for (int i = 0; i < message.list(list).size(); i++) {
                String at = list + "." + i;
                known.put(String.valueOf(message.text(at + ".user_id")), String.valueOf(message.text(at + ".state")));
            }
        }

        private void take(RoomNews news) {
            if (!room.equals(news.room()) || news.number() <= told) {
                return;
            }
            told = news.number();
            for (Object each : news.messages()) {
                Message message = new Message(each.toString());
                if (message.is("presence")) {
                    known.clear();
                    listed = message.get("users") != null;
                    put(message, "users");
                } else if (listed) {
                    put(message, "joins");
                    message.list("leaves").forEach(known::remove);
                }
                count = (int) message.number("count");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whateverHappensEverybodyKnowsInTheEndWhoIsThere(long seed) {
        registry = registry(PresenceSettings.DEFAULT.listed(20), RoomLimits.DEFAULT);
        Random random = new Random(seed);
        Map<String, Map<String, Integer>> sessions = new HashMap<>();
        List<Watcher> watchers = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            String room = "r" + random.nextInt(5);
            String user = "u" + random.nextInt(40);
            Map<String, Integer> there = sessions.computeIfAbsent(room, any -> new TreeMap<>());
            boolean isThere = there.getOrDefault(user, 0) > 0;
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    Listing listing = registry.join(room, user, null);
                    there.merge(user, 1, Integer::sum);
                    if (watchers.size() < 30) {
                        // What was told before comes late, and must do no harm.
                        watchers.add(new Watcher(room, listing));
                    }
                }
                case 2, 3 -> {
                    if (isThere) {
                        registry.leave(room, user, random.nextBoolean());
                        there.merge(user, -1, Integer::sum);
                        if (there.values().stream().allMatch(count -> count == 0)) {
                            // Whoever watches is a member, so that a room with nobody in it has no watchers.
                            watchers.removeIf(watcher -> watcher.room.equals(room));
                        }
                    }
                }
                case 4 -> {
                    if (isThere) {
                        registry.update(room, user, Integer.toString(random.nextInt(3)));
                    }
                }
                default -> timer.pass(Duration.ofMillis(random.nextInt(600)));
            }
            if (random.nextInt(4) == 0) {
                news.forEach(each -> watchers.forEach(watcher -> watcher.take(each)));
                news.clear();
            }
            if (random.nextInt(100) == 0 && !watchers.isEmpty()) {
                watchers.remove(random.nextInt(watchers.size()));
            }
        }
        timer.pass(GRACE.multipliedBy(3));
        news.forEach(each -> watchers.forEach(watcher -> watcher.take(each)));
        assertThat(watchers).isNotEmpty();
        for (Watcher watcher : watchers) {
            Map<String, Integer> there = new TreeMap<>(sessions.get(watcher.room));
            there.values().removeIf(count -> count == 0);
            if (there.isEmpty()) {
                continue;
            }
            assertThat(watcher.count).as(watcher.room).isEqualTo(there.size());
            Map<String, String> present = new TreeMap<>();
            registry.members(watcher.room, 100)
                    .forEach(member -> present.put(member.user(), String.valueOf(member.state())));
            assertThat(present.keySet()).isEqualTo(there.keySet());
            if (watcher.listed) {
                assertThat(watcher.known).as(watcher.room).isEqualTo(present);
            } else {
                assertThat(there.size()).isGreaterThan(15);
            }
        }
    }

    @Test
    void aThousandRoomsOfAHundredEmptyThemselvesHoweverManyThreadsComeAndGo() throws InterruptedException {
        int threads = 8;
        CountDownLatch done = new CountDownLatch(threads);
        List<Throwable> failures = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            int number = thread;
            Random random = new Random(thread);
            new Thread(
                            () -> {
                                try {
                                    storm(number, random);
                                } catch (Throwable e) {
                                    synchronized (failures) {
                                        failures.add(e);
                                    }
                                } finally {
                                    done.countDown();
                                }
                            },
                            "storm-" + thread)
                    .start();
        }
        done.await();
        assertThat(failures).isEmpty();
        assertThat(registry.roomCount()).isEqualTo(1000);
        assertThat(registry.rooms(2000)).allSatisfy(room -> {
            assertThat(room.sessions()).isEqualTo(100);
            assertThat(room.users()).isEqualTo(100);
        });
        TreeSet<String> expected = new TreeSet<>();
        IntStream.range(0, 100).forEach(i -> expected.add("u" + i));
        assertThat(registry.members("r7", 1000))
                .extracting(member -> member.user())
                .containsExactlyInAnyOrderElementsOf(expected);
        for (int room = 0; room < 1000; room++) {
            for (int user = 0; user < 100; user++) {
                registry.leave("r" + room, "u" + user, true);
            }
        }
        assertThat(registry.roomCount()).isEqualTo(1000);
        timer.pass(GRACE.plusSeconds(1));
        assertThat(registry.roomCount()).isZero();
    }

    /** Comes and goes everywhere, and stays with its share of the users in the end. */
    private void storm(int number, Random random) {
        for (int room = 0; room < 1000; room++) {
            for (int i = 0; i < 20; i++) {
                String user = "s" + random.nextInt(100);
                registry.join("r" + room, user, null);
                registry.leave("r" + room, user, false);
            }
        }
        for (int room = 0; room < 1000; room++) {
            for (int user = number; user < 100; user += 8) {
                registry.join("r" + room, "u" + user, null);
            }
        }
    }
}
