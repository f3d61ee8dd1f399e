package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Route.Readers;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rooms as clients have them: joining, leaving, sending, and what reaches whom. */
class RoomsTest {
    private static final PresenceSettings SOON =
            PresenceSettings.DEFAULT.gather(Duration.ofMillis(5)).grace(Duration.ofMillis(50));

    private final FakeTokens tokens = new FakeTokens()
            .with("ann", "ann")
            .with("ann-admin", "ann", "admin")
            .with("bob", "bob")
            .with("eve", "eve", "guest")
            .with("named", new Identity("named", Set.of(), Map.of("name", "Nä \"med\"")), null);

    private TestEngine engine;

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }

    private void start() {
        start(builder -> builder);
    }

    private void start(UnaryOperator<Changecast.Builder> more) {
        engine = TestEngine.start(builder -> more.apply(builder.authenticator(tokens.orElse(Authenticator.anonymous()))
                .presence(SOON)
                .room(Room.pattern("admin").roles("admin"))
                .room(Room.pattern("doc:*").join(Readers.AUTHENTICATED).send(Readers.AUTHENTICATED))
                .room(Room.pattern("news").join(Readers.EVERYONE))
                .room(Room.pattern("user:{user}").join(Readers.AUTHENTICATED))
                .room(Room.pattern("drop").send(Readers.AUTHENTICATED))
                .chat(Readers.AUTHENTICATED)));
    }

    private LoopbackClient connect(String token) {
        LoopbackClient client =
                engine.opened(engine.client().parameter("token", token).connect());
        client.await("welcome");
        return client;
    }

    private LoopbackClient anonymous() {
        LoopbackClient client = engine.connect();
        client.await("welcome");
        return client;
    }

    private static Message join(LoopbackClient client, String room) {
        client.send(json("{'type':'join_room','room':'" + room + "'}"));
        return client.await(
                "the room " + room, message -> message.is("room_joined") && room.equals(message.text("room")));
    }

    private static void say(LoopbackClient client, String room, int number) {
        client.send(json(
                "{'type':'room_message','id':" + number + ",'room':'" + room + "','content':{'n':" + number + "}}"));
    }

    private static void awaitOk(LoopbackClient client, int id) {
        client.await("ok " + id, message -> message.is("ok") && message.number("id") == id);
    }

    private static Message awaitSaid(LoopbackClient client, int number) {
        return client.await(
                "message " + number, message -> message.is("room_message") && message.number("content.n") == number);
    }

    private static List<Long> said(LoopbackClient client) {
        return client.received().all("room_message").stream()
                .map(message -> message.number("content.n"))
                .toList();
    }

    private static Message error(LoopbackClient client, String command) {
        client.send(json(command));
        return client.await("error");
    }

    @Test
    void whatIsSentReachesTheRoomTheSenderTooAndNobodyElse() {
        start();
        LoopbackClient ann = connect("named");
        LoopbackClient bob = connect("bob");
        LoopbackClient eve = connect("eve");
        join(ann, "doc:1");
        Message joined = join(bob, "doc:1");
        assertThat(joined.number("count")).isEqualTo(2);
        assertThat(joined.list("members")).hasSize(2);
        join(eve, "doc:2");
        say(ann, "doc:1", 1);
        Message ok = ann.await("ok");
        assertThat(ok.number("id")).isEqualTo(1);
        Message message = awaitSaid(bob, 1);
        assertThat(message.json())
                .startsWith("{\"type\":\"room_message\",\"channel\":\"room:doc:1\",\"id\":\"" + ok.text("message_id")
                        + "\",\"from\":\"named\",\"from_name\":\"Nä \\\"med\\\"\",\"room\":\"doc:1\",\"content\":{\"n\":1},"
                        + "\"timestamp\":\"20")
                .endsWith("Z\",\"source\":\"live\",\"offset\":\"" + ok.text("offset") + "\"}");
        Eventually.await("the sender to have it", () -> said(ann).equals(List.of(1L)));
        engine.changecast.publish(dev.changecast.core.Message.to(Address.broadcast(), "broadcast", "{}"));
        eve.await("broadcast");
        assertThat(said(eve)).isEmpty();
    }

    @Test
    void whoLeavesHearsNothingMore() {
        start();
        LoopbackClient ann = connect("ann");
        LoopbackClient bob = connect("bob");
        join(ann, "doc:1");
        join(bob, "doc:1");
        say(ann, "doc:1", 1);
        awaitSaid(bob, 1);
        bob.send(json("{'type':'leave_room','id':'x','content':'doc:1'}"));
        Message left = bob.await("room_left");
        assertThat(left.json()).isEqualTo("{\"type\":\"room_left\",\"id\":\"x\",\"room\":\"doc:1\"}");
        say(ann, "doc:1", 2);
        awaitSaid(ann, 2);
        join(bob, "doc:1");
        say(ann, "doc:1", 3);
        awaitSaid(bob, 3);
        assertThat(said(bob)).startsWith(1L).endsWith(3L);
        assertThat(error(bob, "{'type':'leave_room','room':'doc:2'}").number("code"))
                .isEqualTo(4006);
    }

    @ParameterizedTest
    @CsvSource({
        "ann, admin, 4003, 4003",
        "ann-admin, admin, 0, 0",
        "ann, news, 0, 4003",
        "ann, user:ann, 0, 4003",
        "ann, user:bob, 4003, 4003",
        "ann, drop, 4003, 0",
        "ann, other, 4003, 4003",
        "ann, '', 4000, 4000",
        "ann, 'a*', 4000, 4000",
        "'', news, 0, 4003",
        "'', doc:1, 4003, 4003",
        "'', 'user:', 4003, 4003"
    })
    void nobodyJoinsOrSendsWhereNoRuleAllowsIt(String token, String room, int joining, int sending) {
        start();
        LoopbackClient client = token.isEmpty() ? anonymous() : connect(token);
        client.send(json("{'type':'join_room','id':'j','room':'" + room + "'}"));
        Message joined = client.await("the answer", message -> "j".equals(message.text("id")));
        assertThat(joined.is("error") ? joined.number("code") : 0).isEqualTo(joining);
        say(client, room, 1);
        Message sent = client.await("the answer", message -> message.is("ok") || message.is("error"));
        assertThat(sent.is("error") ? sent.number("code") : 0).isEqualTo(sending);
        assertThat(sent.number("id")).isEqualTo(1);
    }

    @Test
    void withoutRoomsInTheConfigurationThereAreNone() {
        engine = TestEngine.start();
        LoopbackClient ann = engine.connect("ann");
        for (String command : List.of(
                "{'type':'join_room','room':'a'}",
                "{'type':'room_message','room':'a','content':1}",
                "{'type':'chat','to':'bob','content':1}",
                "{'type':'presence'}",
                "{'type':'presence','room':'a'}")) {
            assertThat(error(ann, command).number("code")).as(command).isEqualTo(4003);
        }
        assertThat(error(ann, "{'type':'presence_update','room':'a','state':1}").number("code"))
                .isEqualTo(4006);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'join_room'}",
                "{'type':'join_room','room':7}",
                "{'type':'room_message','room':'doc:1'}",
                "{'type':'room_message','room':'doc:1','content':null}",
                "{'type':'room_message','room':'doc:1','content':1,'ephemeral':'yes'}",
                "{'type':'room_message','room':'doc:1','content':1,'message_id':'a b'}",
                "{'type':'room_message','room':'doc:1','content':1,'from':'bob'}",
                "{'type':'chat','content':1}",
                "{'type':'chat','to':'','content':1}",
                "{'type':'presence_update','room':'doc:1'}"
            })
    void aCommandOfTheWrongFormIsAnErrorThatSaysWhatIsRight(String command) {
        start();
        LoopbackClient ann = connect("ann");
        join(ann, "doc:1");
        Message error = error(ann, command);
        assertThat(error.number("code")).isEqualTo(4000);
        assertThat(error.text("message")).isNotEmpty();
    }

    @Test
    void aSessionIsInSoManyRoomsAndARoomHasSoManyMembers() {
        start(builder -> builder.roomLimits(new RoomLimits(2, 2)));
        LoopbackClient ann = connect("ann");
        join(ann, "doc:1");
        join(ann, "doc:2");
        // Once more is no other room.
        join(ann, "doc:2");
        assertThat(error(ann, "{'type':'join_room','room':'doc:3'}").number("code"))
                .isEqualTo(4007);
        join(connect("bob"), "doc:1");
        LoopbackClient eve = connect("eve");
        assertThat(error(eve, "{'type':'join_room','room':'doc:1'}").number("code"))
                .isEqualTo(4007);
        ann.drop();
        Eventually.await(
                "a place", () -> engine.changecast.presence().rooms(10).get(0).sessions() == 1);
        join(eve, "doc:1");
    }

    @Test
    void serversPublishToRooms() {
        start();
        LoopbackClient ann = connect("ann");
        LoopbackClient bob = connect("bob");
        join(ann, "news");
        join(ann, "doc:1");
        engine.changecast.publish(new dev.changecast.core.Message(
                List.of(Address.room("doc:1"), Address.room("news"), Address.user("ann")), "flash", "{}", null, false));
        engine.changecast.publish(dev.changecast.core.Message.to(Address.broadcast(), "end", "{}"));
        ann.await("end");
        bob.await("end");
        assertThat(ann.received().all("flash")).singleElement().satisfies(message -> {
            assertThat(message.text("channel")).isEqualTo("room:doc:1");
            assertThat(message.has("from")).isFalse();
        });
        assertThat(bob.received().all("flash")).isEmpty();
        engine.changecast
                .publish(dev.changecast.core.Message.to(Address.room("doc:1"), "chat", "{}")
                        .from("bot", "Bot"))
                .toCompletableFuture()
                .join();
        assertThat(ann.await("chat").text("from_name")).isEqualTo("Bot");
    }

    @Test
    void changesThatRoutesPushReachTheRoom() {
        start(builder -> builder.route(Route.from("pg/public.desks").push("room:doc:{row.floor_number}")));
        LoopbackClient ann = connect("ann");
        LoopbackClient bob = connect("bob");
        join(ann, "doc:1");
        join(bob, "doc:2");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "a").insert(DESKS, 2, 2, "b"));
        Message change = ann.await("change");
        assertThat(change.text("channel")).isEqualTo("room:doc:1");
        assertThat(change.number("data.id")).isEqualTo(1);
        assertThat(bob.await("change").number("data.id")).isEqualTo(2);
        ann.send(json("{'type':'leave_room','room':'doc:1'}"));
        ann.await("room_left");
        engine.source.commit(tx -> tx.insert(DESKS, 3, 1, "c").insert(DESKS, 4, 2, "d"));
        bob.await("a second change", message -> message.is("change") && message.number("data.id") == 4);
        assertThat(ann.received().all("change")).hasSize(1);
    }

    @Test
    void whatIsRepeatedWithItsIdComesOnce() {
        start();
        LoopbackClient ann = connect("ann");
        LoopbackClient bob = connect("bob");
        join(ann, "doc:1");
        join(bob, "doc:1");
        String command = "{'type':'room_message','room':'doc:1','content':{'n':1},'message_id':'m-1'}";
        ann.send(json(command));
        Message first = ann.await("ok");
        // Another connection of the same user, as after a lost answer.
        LoopbackClient again = connect("ann");
        again.send(json(command));
        Message second = again.await("ok");
        assertThat(second.text("offset")).isEqualTo(first.text("offset"));
        assertThat(second.text("message_id"))
                .isEqualTo(first.text("message_id"))
                .isEqualTo("client/ann/m-1");
        // Another user's id is another one.
        bob.send(json(command.replace("'n':1", "'n':2")));
        awaitSaid(ann, 2);
        assertThat(said(ann)).containsExactly(1L, 2L);
        assertThat(said(bob)).startsWith(1L);
    }

    @Test
    void whatIsEphemeralGoesToTheOthersAndIsNotKept() {
        start();
        LoopbackClient ann = connect("ann");
        LoopbackClient bob = connect("bob");
        join(ann, "doc:1");
        join(bob, "doc:1");
        say(ann, "doc:1", 1);
        String offset = ann.await("ok").text("offset");
        ann.send(json("{'type':'room_message','id':'e','room':'doc:1','content':{'n':2},'ephemeral':true}"));
        ann.await("ok", message -> "e".equals(message.text("id")));
        Message typing = awaitSaid(bob, 2);
        assertThat(typing.text("ephemeral")).isEqualTo("true");
        assertThat(typing.has("offset")).isFalse();
        assertThat(typing.text("from")).isEqualTo("ann");
        say(ann, "doc:1", 3);
        awaitSaid(ann, 3);
        assertThat(said(ann)).containsExactly(1L, 3L);
        LoopbackClient later = connect("eve");
        later.send(json("{'type':'join_room','room':'doc:1','since':{'live':'" + offset + "'}}"));
        later.await("ready");
        assertThat(said(later)).containsExactly(3L);
    }

    @Test
    void aChatReachesAllSessionsOfTheUserAndTheSendersOthers() {
        start();
        LoopbackClient sender = connect("named");
        LoopbackClient other = connect("named");
        List<LoopbackClient> bobs = List.of(connect("bob"), connect("bob"));
        LoopbackClient eve = connect("eve");
        sender.send(json("{'type':'chat','id':'c','to':'bob','content':'Hi'}"));
        Message ok = sender.await("ok");
        for (LoopbackClient bob : bobs) {
            Message chat = bob.await("chat");
            assertThat(chat.text("channel")).isEqualTo("user:bob");
            assertThat(chat.text("from")).isEqualTo("named");
            assertThat(chat.text("to")).isEqualTo("bob");
            assertThat(chat.text("content")).isEqualTo("Hi");
            assertThat(chat.text("id")).isEqualTo(ok.text("message_id"));
        }
        assertThat(other.await("chat").text("channel")).isEqualTo("user:named");
        engine.changecast.publish(dev.changecast.core.Message.to(Address.broadcast(), "end", "{}"));
        for (LoopbackClient client : List.of(sender, eve)) {
            client.await("end");
            assertThat(client.received().all("chat")).isEmpty();
        }
        assertThat(error(anonymous(), "{'type':'chat','to':'bob','content':1}").number("code"))
                .isEqualTo(4003);
    }

    @Test
    void aRenewalWithFewerRightsLeavesTheRoomsThatTheyAllowed() {
        start();
        LoopbackClient ann = connect("ann-admin");
        join(ann, "admin");
        join(ann, "doc:1");
        ann.send(json("{'type':'authenticate','token':'ann'}"));
        Message left = ann.await("room_left");
        assertThat(left.json()).isEqualTo("{\"type\":\"room_left\",\"room\":\"admin\",\"reason\":\"access_changed\"}");
        engine.changecast.publish(dev.changecast.core.Message.to(Address.room("admin"), "secret", "{}"));
        engine.changecast.publish(dev.changecast.core.Message.to(Address.room("doc:1"), "end", "{}"));
        ann.await("end");
        assertThat(ann.received().all("secret")).isEmpty();
        assertThat(ann.received().all("room_left")).hasSize(1);
        assertThat(error(ann, "{'type':'join_room','room':'admin'}").number("code"))
                .isEqualTo(4003);
        Eventually.await(
                "nobody to be there",
                () -> engine.changecast.presence().rooms(9).stream()
                        .noneMatch(room -> room.room().equals("admin")));
    }

    @Test
    void whoBecomesSomebodyLeavesTheRoomsOfNobody() {
        start();
        LoopbackClient client = anonymous();
        String offset = client.received().all("welcome").get(0).text("sources.live.offset");
        join(client, "news");
        client.send(json("{'type':'authenticate','token':'ann','since':{'live':'" + offset + "'}}"));
        assertThat(client.await("room_left").text("reason")).isEqualTo("access_changed");
        client.await("welcome");
        assertThat(join(client, "news").list("members")).hasSize(1);
    }

    @Test
    void aRevokedTokenLeavesAllRooms() {
        start();
        LoopbackClient ann = connect("ann");
        LoopbackClient bob = connect("bob");
        join(ann, "doc:1");
        join(bob, "doc:1");
        engine.changecast.revoke(Revocation.ofUser("ann"));
        assertThat(ann.awaitCloseCode()).isEqualTo(4401);
        bob.await(
                "ann to be gone",
                message -> message.is("presence_diff") && message.list("leaves").contains("ann"));
        assertThat(engine.changecast.presence().members("doc:1", 10))
                .extracting(Presence.RoomMember::user)
                .containsExactly("bob");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whoComesAndGoesGetsWhatIsSentWhileInTheRoom(long seed) {
        start();
        Random random = new Random(seed);
        LoopbackClient writer = connect("ann");
        List<LoopbackClient> readers = IntStream.range(0, 6)
                .mapToObj(i -> connect(i % 2 == 0 ? "bob" : "eve"))
                .toList();
        List<List<Long>> expected = new ArrayList<>();
        List<List<Long>> joined = new ArrayList<>();
        List<Boolean> inside = new ArrayList<>();
        readers.forEach(reader -> {
            joined.add(new ArrayList<>());
            expected.add(new ArrayList<>());
            inside.add(false);
        });
        for (int number = 1; number <= 150; number++) {
            for (int i = 0; i < readers.size(); i++) {
                if (random.nextInt(4) == 0) {
                    boolean in = inside.get(i);
                    readers.get(i).send(json("{'type':'" + (in ? "leave_room" : "join_room") + "','room':'doc:1'}"));
                    readers.get(i).await(in ? "room_left" : "room_joined");
                    inside.set(i, !in);
                    if (!in) {
                        joined.get(i).add((long) number);
                    }
                }
                if (inside.get(i)) {
                    expected.get(i).add((long) number);
                }
            }
            say(writer, "doc:1", number);
            awaitOk(writer, number);
            for (int i = 0; i < readers.size(); i++) {
                if (inside.get(i)) {
                    awaitSaid(readers.get(i), number);
                }
            }
        }
        for (int i = 0; i < readers.size(); i++) {
            List<Long> wanted = expected.get(i);
            List<Long> joins = joined.get(i);
            List<Long> got = said(readers.get(i));
            assertThat(got).doesNotHaveDuplicates().isSorted().containsAll(wanted);
            // What was said just before somebody comes may still be on its way to that thread, and is heard.
            assertThat(got.stream().filter(number -> !wanted.contains(number)))
                    .allMatch(number -> joins.stream().anyMatch(join -> join > number && join <= number + 3));
        }
    }

    @Test
    void aMessageIsAnsweredWithAnErrorWhenItCannotBeKept() {
        start();
        LoopbackClient ann = connect("ann");
        join(ann, "doc:1");
        assertThat(error(
                                ann,
                                "{'type':'room_message','room':'doc:1','content':1,'message_id':'" + "x".repeat(65)
                                        + "'}")
                        .text("message"))
                .contains("1 to 64");
        // What an embedder may not publish, a client may not either.
        try {
            new dev.changecast.core.Message(List.of(Address.room("a")), "room_message", "1", null, false);
            throw new AssertionError("a room_message without a sender");
        } catch (dev.changecast.api.ChangecastException | CompletionException e) {
            assertThat(e.getMessage()).contains("reserved");
        }
    }
}
