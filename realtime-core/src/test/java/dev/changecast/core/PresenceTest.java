package dev.changecast.core;

import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Presence.OnlineUser;
import dev.changecast.core.Route.Readers;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is online and who is in a room, as clients are told. */
class PresenceTest {
    private static final PresenceSettings QUICK =
            PresenceSettings.DEFAULT.gather(Duration.ofMillis(5)).grace(Duration.ofMillis(20));

    private TestEngine engine;

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }

    private void start(PresenceSettings settings) {
        engine = TestEngine.start(builder -> builder.presence(settings)
                .room(Room.pattern("*").join(Readers.EVERYONE).send(Readers.EVERYONE)));
    }

    private LoopbackClient connect(String user, String role) {
        LoopbackClient client = engine.opened(
                engine.client().header("User", user).header("Role", role).connect());
        client.await("welcome");
        return client;
    }

    private LoopbackClient connect(String user) {
        return connect(user, "clerk");
    }

    private static void join(LoopbackClient client, String room) {
        client.send(json("{'type':'join_room','room':'" + room + "'}"));
        client.await("room_joined");
    }

    private static Message ask(LoopbackClient client, String command) {
        client.send(json(command));
        return client.await("an answer", message -> message.is("presence") || message.is("error"));
    }

    private static void awaitStatus(LoopbackClient client, String user, String status) {
        client.await(
                user + " to be " + status,
                message -> message.is("user_status")
                        && user.equals(message.text("user_id"))
                        && status.equals(message.text("status")));
    }

    @Test
    void whoMayReadIsToldWhoComesAndGoes() {
        start(QUICK.read(Readers.roles("admin")));
        LoopbackClient admin = connect("root", "admin");
        LoopbackClient ann = connect("ann");
        Message present = ask(admin, "{'type':'presence','id':'p'}");
        assertThat(present.text("id")).isEqualTo("p");
        assertThat(present.number("count")).isEqualTo(2);
        assertThat(present.list("users")).hasSize(2);
        assertThat(ask(ann, "{'type':'presence'}").number("code")).isEqualTo(4003);
        LoopbackClient bob = connect("bob");
        awaitStatus(admin, "bob", "online");
        LoopbackClient bobs = connect("bob");
        bob.drop();
        ann.drop();
        awaitStatus(admin, "ann", "offline");
        assertThat(engine.changecast.presence().online(10))
                .containsExactly(new OnlineUser("root", 1), new OnlineUser("bob", 1));
        bobs.drop();
        awaitStatus(admin, "bob", "offline");
        assertThat(admin.received().all("user_status"))
                .filteredOn(message -> "bob".equals(message.text("user_id")))
                .extracting(message -> message.text("status"))
                .containsExactly("online", "offline");
        assertThat(ann.received().all("user_status")).isEmpty();
        // In a room that one is not in, too.
        LoopbackClient eve = connect("eve");
        join(eve, "a");
        assertThat(ask(admin, "{'type':'presence','room':'a'}").list("users")).hasSize(1);
        assertThat(ask(eve, "{'type':'presence','room':'b'}").number("code")).isEqualTo(4003);
    }

    @Test
    void aReconnectIsSeenByNobody() {
        start(PresenceSettings.DEFAULT
                .gather(Duration.ofMillis(5))
                .grace(Duration.ofMinutes(1))
                .read(Readers.EVERYONE));
        LoopbackClient watcher = connect("watcher");
        join(watcher, "a");
        ask(watcher, "{'type':'presence'}");
        LoopbackClient ann = connect("ann");
        join(ann, "a");
        awaitStatus(watcher, "ann", "online");
        // Before her status or after.
        Eventually.await(
                "ann in the room",
                () -> watcher.received().all("presence_diff").stream()
                        .anyMatch(diff -> diff.json().contains("\"ann\"")));
        int told = presence(watcher);
        for (int i = 0; i < 10; i++) {
            ann.drop();
            Eventually.await("it to be gone", () -> engine.changecast.sessions() == 1);
            ann = connect("ann");
            join(ann, "a");
        }
        connect("last");
        awaitStatus(watcher, "last", "online");
        assertThat(presence(watcher)).isEqualTo(told + 1);
        assertThat(engine.changecast.presence().members("a", 10)).hasSize(2);
    }

    private static int presence(LoopbackClient client) {
        return client.received().all("user_status").size()
                + client.received().all("presence_diff").size()
                + client.received().all("presence").size();
    }

    @Test
    void announcedPresenceComesWithoutAsking() {
        start(QUICK.read(Readers.roles("admin")).announced());
        LoopbackClient admin = connect("root", "admin");
        assertThat(admin.await("presence").list("users")).hasSize(1);
        LoopbackClient ann = connect("ann");
        awaitStatus(admin, "ann", "online");
        engine.changecast.publish(dev.changecast.core.Message.to(Address.broadcast(), "end", "{}"));
        ann.await("end");
        assertThat(presence(ann)).isZero();
    }

    @Test
    void membersSeeEachOtherAndWhatTheyShow() {
        start(QUICK);
        LoopbackClient ann = connect("ann");
        LoopbackClient bob = connect("bob");
        join(ann, "a");
        join(bob, "a");
        ann.send(json("{'type':'presence_update','id':'u','room':'a','state':{'cursor':[1,2]}}"));
        assertThat(ann.await("ok").text("id")).isEqualTo("u");
        Message told = bob.await(
                "the state",
                message -> message.is("presence_diff") && message.json().contains("{\"cursor\":[1,2]}"));
        assertThat(told.text("room")).isEqualTo("a");
        assertThat(ask(bob, "{'type':'presence','room':'a'}").json()).contains("{\"cursor\":[1,2]}");
        ann.send(json("{'type':'leave_room','room':'a'}"));
        Message left = bob.await(
                "ann to leave",
                message ->
                        message.is("presence_diff") && !message.list("leaves").isEmpty());
        assertThat(left.list("leaves")).asString().isEqualTo("[ann]");
        assertThat(left.number("count")).isEqualTo(1);
        ann.send(json("{'type':'presence_update','room':'a','state':1}"));
        assertThat(ann.await("error").number("code")).isEqualTo(4006);
        String large = "x".repeat(2000);
        bob.send(json("{'type':'presence_update','room':'a','state':'" + large + "'}"));
        assertThat(bob.await("error").text("message")).contains("1024");
    }

    @Test
    void whoDoesNotReadIsToldAfterwardsWhoIsThere() {
        Limits small = new Limits(1000, 1000, 1000, 100, 512 * 1024, 16 * 1024, 100_000, 60_000, Set.of());
        engine = TestEngine.start(builder -> builder.limits(small)
                .presence(QUICK.grace(Duration.ZERO))
                .room(Room.pattern("*").join(Readers.EVERYONE).send(Readers.EVERYONE)));
        LoopbackClient slow = connect("slow");
        join(slow, "a");
        slow.stopTaking();
        String padding = "x".repeat(900);
        LoopbackClient busy = connect("busy");
        join(busy, "a");
        for (int i = 0; i < 100; i++) {
            busy.send(json("{'type':'presence_update','id':" + i + ",'room':'a','state':{'n':" + i + ",'padding':'"
                    + padding + "'}}"));
            int number = i;
            busy.await("diff " + i, message -> message.json().contains("\"n\":" + number + ","));
        }
        busy.send(json("{'type':'leave_room','room':'a'}"));
        busy.await("room_left");
        connect("last");
        slow.startTaking();
        Message whole = slow.await("presence");
        assertThat(whole.number("count")).isEqualTo(1);
        assertThat(whole.list("users")).asString().contains("slow").doesNotContain("busy");
        assertThat(slow.received().all("presence_diff").size()).isLessThan(60);
    }

    /** What a member makes of what it was told. */
    private static Map<String, String> members(LoopbackClient client, String room) {
        Map<String, String> members = new TreeMap<>();
        for (Message message : client.received().all()) {
            if (!room.equals(message.text("room"))) {
                continue;
            }
            String list = message.is("room_joined") ? "members" : message.is("presence") ? "users" : "joins";
            if (message.is("room_joined") || message.is("presence")) {
                members.clear();
            }
            for (int i = 0; i < message.list(list).size(); i++) {
                members.put(
                        String.valueOf(message.text(list + "." + i + ".user_id")),
                        String.valueOf(message.text(list + "." + i + ".state")));
            }
            message.list("leaves").forEach(members::remove);
        }
        return members;
    }

    @Test
    void afterAStormOfComingAndGoingEveryMemberKnowsWhoIsThere() {
        start(QUICK.grace(Duration.ofMillis(30)));
        List<LoopbackClient> staying =
                IntStream.range(0, 10).mapToObj(i -> connect("s" + i)).toList();
        staying.forEach(client -> join(client, "a"));
        List<LoopbackClient> moving =
                IntStream.range(0, 20).mapToObj(i -> connect("m" + i)).toList();
        for (int round = 0; round < 20; round++) {
            for (LoopbackClient client : moving) {
                client.send(json("{'type':'" + (round % 2 == 0 ? "join_room" : "leave_room") + "','room':'a'}"));
            }
        }
        moving.subList(0, 5).forEach(client -> client.send(json("{'type':'join_room','room':'a'}")));
        moving.subList(5, 10).forEach(LoopbackClient::drop);
        Set<String> expected = new TreeSet<>();
        IntStream.range(0, 10).forEach(i -> expected.add("s" + i));
        IntStream.range(0, 5).forEach(i -> expected.add("m" + i));
        for (LoopbackClient client : staying) {
            Eventually.await(
                    "all to know who is there",
                    () -> members(client, "a").keySet().equals(expected));
        }
        assertThat(engine.changecast.presence().members("a", 100)).hasSize(15);
    }

    @Test
    void sessionsWithoutAUserAreCounted() {
        start(QUICK);
        LoopbackClient nobody = engine.connect();
        nobody.await("welcome");
        join(nobody, "a");
        LoopbackClient ann = connect("ann");
        ann.send(json("{'type':'join_room','room':'a'}"));
        Message joined = ann.await("room_joined");
        assertThat(joined.number("count")).isEqualTo(2);
        assertThat(joined.list("members")).hasSize(1);
        nobody.send(json("{'type':'presence_update','room':'a','state':1}"));
        assertThat(nobody.await("error").number("code")).isEqualTo(4003);
        assertThat(engine.changecast.presence().onlineUsers()).isEqualTo(1);
        nobody.drop();
        ann.await("the other to leave", message -> message.is("presence_diff") && message.number("count") == 1);
    }
}
