package dev.changecast.core;

import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ResetReason;
import dev.changecast.core.Push.Priority;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import dev.changecast.testing.RelationBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes that routes push to people who have not subscribed to anything. */
class PushesTest {
    private static final Relation ALERTS = RelationBuilder.table("alerts")
            .key("id")
            .integer("tenant")
            .text("owner")
            .text("severity")
            .text("internal")
            .old(OldRow.FULL)
            .build();

    private static final Relation OTHERS =
            RelationBuilder.table("others").key("id").text("text").build();

    private static final Route ALERT =
            Route.from("pg/public.alerts").event("alert").hide("internal");

    private TestEngine engine;

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }

    private void start(Limits limits, Route... routes) {
        engine = TestEngine.start(new InMemorySource(ALERTS, OTHERS), builder -> {
                    Stream.of(routes).forEach(builder::route);
                    return builder.limits(limits).authenticator(new Claimed());
                })
                .awaitStreaming();
    }

    private void start(Route... routes) {
        start(TestEngine.LIMITS, routes);
    }

    /** Connects and waits until it is told where its inbox begins, so that what is committed now is pushed to it. */
    private LoopbackClient connect(String who) {
        return placed(engine.client().header("Who", who).connect());
    }

    private LoopbackClient placed(LoopbackClient client) {
        engine.opened(client);
        if (client.await("welcome").text("sources.pg.offset") == null) {
            client.await("heartbeat");
        }
        return client;
    }

    private LoopbackClient resume(String who, String offset) {
        return engine.opened(engine.client()
                .header("Who", who)
                .parameter("since", json("{'pg':'" + offset + "'}"))
                .connect());
    }

    private void insert(int id, int tenant, String owner, String severity) {
        engine.source.commit(tx -> tx.insert(ALERTS, id, tenant, owner, severity, "i"));
    }

    private static List<String> got(LoopbackClient client) {
        return client.received().changes().stream()
                .map(change -> change.text("action") + " " + change.text("key.id") + " by " + change.text("channel"))
                .toList();
    }

    private static Message awaitRow(LoopbackClient client, int id) {
        return client.await(
                "row " + id, message -> message.isChange() && message.has("key") && message.number("key.id") == id);
    }

    @Test
    void aChangeReachesThoseItIsPushedToOnceUnderTheFirstAddress() {
        start(
                ALERT.push("role:admin", "user:{row.owner}"),
                Route.from("pg/public.*a*").push(Push.to("broadcast").when(json("{'severity':'fatal'}"))));
        LoopbackClient admin = connect("ann;admin");
        LoopbackClient bob = connect("bob");
        LoopbackClient nobody = connect(";;");
        insert(1, 7, "bob", "low");
        insert(2, 7, "ann", "low");
        insert(3, 7, "nobody", "low");
        insert(4, 7, "bob", "fatal");
        Stream.of(admin, bob, nobody).forEach(client -> awaitRow(client, 4));
        assertThat(got(admin))
                .containsExactly(
                        "insert 1 by role:admin",
                        "insert 2 by role:admin",
                        "insert 3 by role:admin",
                        "insert 4 by role:admin");
        assertThat(got(bob)).containsExactly("insert 1 by user:bob", "insert 4 by user:bob");
        assertThat(got(nobody)).containsExactly("insert 4 by broadcast");
        Message message = nobody.received().changes().get(0);
        assertThat(message.names())
                .containsExactly(
                        "type",
                        "channel",
                        "action",
                        "collection",
                        "key",
                        "data",
                        "timestamp",
                        "source",
                        "tx",
                        "offset");
        assertThat(message.text("type")).isEqualTo("alert");
        assertThat(message.json())
                .contains(json("'data':{'id':4,'tenant':7,'owner':'bob','severity':'fatal'}"))
                .doesNotContain("internal");
        assertThat(nobody.await("commit").text("tx")).isEqualTo(message.text("tx"));
    }

    @Test
    void itGoesByTheNewRowAndADeleteByTheOldOne() {
        start(ALERT.push(Push.to("user:{row.owner}").when(json("{'severity':'fatal'}"))));
        LoopbackClient ann = connect("ann");
        LoopbackClient bob = connect("bob");
        insert(1, 7, "ann", "low");
        engine.source.commit(tx -> tx.update(ALERTS, 1, 7, "ann", "fatal", "i"));
        engine.source.commit(tx -> tx.update(ALERTS, 1, 7, "bob", "fatal", "i"));
        engine.source.commit(tx -> tx.update(ALERTS, 1, 7, "bob", "fatal", "hidden alone"));
        engine.source.commit(tx -> tx.delete(ALERTS, 1));
        insert(2, 7, null, "fatal");
        insert(3, 7, "", "fatal");
        insert(4, 7, "two\nlines", "fatal");
        insert(9, 7, "ann", "fatal");
        insert(10, 7, "bob", "fatal");
        awaitRow(ann, 9);
        awaitRow(bob, 10);
        assertThat(got(ann)).containsExactly("update 1 by user:ann", "insert 9 by user:ann");
        assertThat(got(bob)).containsExactly("update 1 by user:bob", "delete 1 by user:bob", "insert 10 by user:bob");
        assertThat(bob.received().changes().get(0).has("old")).isFalse();
    }

    @Test
    void aRowRuleHoldsForWhatIsPushedToo() {
        start(ALERT.push("broadcast", "user:{row.owner}").rows(json("{'tenant':'{claims.tenant}'}")));
        LoopbackClient seven = connect("ann;;tenant=7");
        LoopbackClient eight = connect("bob;;tenant=8");
        LoopbackClient none = connect("ann");
        insert(1, 7, "bob", "low");
        insert(2, 8, "ann", "low");
        insert(3, 7, "ann", "low");
        engine.source.commit(tx -> tx.truncate(ALERTS));
        insert(4, 8, "x", "low");
        awaitRow(seven, 3);
        awaitRow(eight, 4);
        engine.changecast.publish(dev.changecast.core.Message.to(Set.of(Address.broadcast()), "note", "{}"));
        none.await("note");
        assertThat(got(seven)).containsExactly("insert 1 by broadcast", "insert 3 by broadcast");
        assertThat(got(eight)).containsExactly("insert 2 by broadcast", "insert 4 by broadcast");
        assertThat(got(none)).isEmpty();
    }

    @Test
    void aTruncateGoesToAddressesThatNeedNoRow() {
        start(ALERT.push("user:{row.owner}", "role:admin")
                .push(Push.to("broadcast").when(json("{'id':1}"))));
        LoopbackClient admin = connect("ann;admin");
        LoopbackClient bob = connect("bob");
        insert(1, 7, "bob", "low");
        engine.source.commit(tx -> tx.truncate(ALERTS));
        insert(2, 7, "bob", "low");
        awaitRow(admin, 2);
        awaitRow(bob, 2);
        assertThat(got(admin))
                .containsExactly("insert 1 by role:admin", "truncate null by role:admin", "insert 2 by role:admin");
        assertThat(got(bob)).containsExactly("insert 1 by user:bob", "insert 2 by user:bob");
    }

    @Test
    void aPushAndASubscriptionToTheSameChangeEndWithOneCommit() {
        start(ALERT.push("user:{row.owner}").readEveryone());
        LoopbackClient ann = connect("ann");
        String channel = TestEngine.follow(ann, "alerts");
        insert(1, 7, "ann", "low");
        insert(2, 7, "bob", "low");
        engine.source.commit(tx -> tx.insert(ALERTS, 3, 7, "ann", "low", "i").insert(ALERTS, 4, 7, "bob", "low", "i"));
        ann.await("commit");
        ann.await("commit");
        List<String> told = ann.received().all().stream()
                .filter(message -> message.isChange() || message.is("commit"))
                .map(message -> message.is("commit")
                        ? "commit"
                        : message.text("channel").replace(channel, "view") + " " + message.text("key.id")
                                + ("true".equals(message.text("commit")) ? " commit" : ""))
                .toList();
        assertThat(told)
                .containsExactly(
                        "user:ann 1", "view 1", "commit", "view 2 commit", "user:ann 3", "view 3", "view 4", "commit");
    }

    @Test
    void afterAReconnectItGoesOnBehindTheOffset() {
        start(ALERT.push("user:{row.owner}"));
        LoopbackClient ann = connect("ann");
        insert(1, 7, "ann", "low");
        String offset = ann.await("commit").text("offset");
        ann.drop();
        insert(2, 7, "ann", "low");
        insert(3, 7, "bob", "low");
        insert(4, 7, "ann", "low");
        engine.awaitCaptured();
        LoopbackClient again = resume("ann", offset);
        assertThat(again.await("welcome").text("sources.pg.offset")).isEqualTo(offset);
        awaitRow(again, 4);
        insert(5, 7, "ann", "low");
        awaitRow(again, 5);
        assertThat(got(again)).containsExactly("insert 2 by user:ann", "insert 4 by user:ann", "insert 5 by user:ann");
    }

    @Test
    void whatCannotBeGoneOnWithIsTold() {
        start(ALERT.push("broadcast"));
        LoopbackClient far = resume(";;", "elsewhere.1-1");
        Message reset = far.await("reset");
        assertThat(reset.text("channel")).isEqualTo("inbox");
        assertThat(reset.text("reason")).isEqualTo("epoch_changed");
        assertThat(reset.text("offsets.pg")).isNotNull();
        LoopbackClient wrong = resume(";;", "what");
        assertThat(wrong.await("error").number("code")).isEqualTo(4012);
        LoopbackClient open = connect(";;");
        engine.source.loseHistory(ResetReason.SLOT_LOST);
        assertThat(open.await("reset").text("reason")).isEqualTo("slot_lost");
        insert(5, 7, "ann", "low");
        Stream.of(far, wrong, open).forEach(client -> awaitRow(client, 5));
    }

    @Test
    void aPriorityIsToldAndTheHighestWayIsTaken() {
        start(ALERT.push(Push.to("role:admin").priority(Priority.LOW))
                .push("user:{row.owner}")
                .push(Push.to("role:admin").when(json("{'severity':'fatal'}")).priority(Priority.HIGH)));
        LoopbackClient ann = connect("ann;admin");
        insert(1, 7, "ann", "low");
        insert(2, 7, "bob", "low");
        insert(3, 7, "ann", "fatal");
        awaitRow(ann, 3);
        assertThat(got(ann))
                .containsExactly("insert 1 by user:ann", "insert 2 by role:admin", "insert 3 by role:admin");
        assertThat(ann.received().changes())
                .extracting(change -> change.text("priority"))
                .containsExactly(null, "low", "high");
        assertThat(ann.received().changes().get(2).names().subList(0, 4))
                .containsExactly("type", "channel", "priority", "action");
    }

    @Test
    void whatHasLowPriorityWaitsForOthersASecondAtMost() {
        start(ALERT.push(Push.to("broadcast").priority(Priority.LOW)));
        // Its writes end at once: what waits goes out, too, when one ends that was under way.
        LoopbackClient client = placed(engine.client().takingAtOnce().connect());
        for (int id = 1; id <= 2; id++) {
            long began = System.nanoTime();
            insert(id, 7, "ann", "low");
            awaitRow(client, id);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(900));
            // With its mark, which waits as it does.
            client.await("commit");
        }
        assertThat(client.received().all().stream()
                        .filter(message -> message.isChange() || message.is("commit"))
                        .map(Message::type))
                .containsExactly("alert", "commit", "alert", "commit");
    }

    @Test
    void whatWaitsGoesOutWithWhatDoesNot() {
        start(
                ALERT.readEveryone()
                        .push(Push.to("user:{row.owner}").priority(Priority.LOW))
                        .push(Push.to("broadcast")
                                .when(json("{'severity':'fatal'}"))
                                .priority(Priority.HIGH)),
                Route.from("pg/public.others").readEveryone());
        LoopbackClient ann = connect("ann");
        ann.send(json("{'type':'subscribe','collection':'others','snapshot':false,"
                + "'batch':{'max':10000,'delay_ms':60000}}"));
        ann.await("ready");
        engine.source.commit(tx -> tx.insert(OTHERS, 1, "held for a minute"));
        engine.source.commit(tx -> tx.insert(ALERTS, 2, 7, "ann", "low", "i").insert(OTHERS, 3, "with it"));
        awaitRow(ann, 3);
        engine.source.commit(tx -> tx.insert(OTHERS, 4, "held for a minute"));
        insert(5, 7, "bob", "fatal");
        awaitRow(ann, 5);
        ann.await("commit");
        assertThat(ann.received().all().stream()
                        .filter(message -> message.isChange() || message.is("commit"))
                        .map(message -> message.is("commit") ? "commit" : message.text("key.id")))
                .containsExactly("1", "2", "3", "commit", "4", "5", "commit");
    }

    @Test
    void whatHasHighPriorityDoesNotWaitUntilEnoughIsConflated() {
        start(
                ALERT.push(Push.to("broadcast")),
                Route.from("pg/public.others").readEveryone().conflate(Duration.ofMinutes(1)),
                Route.from("pg/public.alerts*")
                        .push(Push.to("user:ann")
                                .when(json("{'severity':'fatal'}"))
                                .priority(Priority.HIGH)));
        LoopbackClient ann = connect("ann");
        TestEngine.follow(ann, "others");
        engine.source.commit(tx -> tx.insert(OTHERS, 1, "at once"));
        awaitRow(ann, 1);
        engine.source.commit(tx -> tx.update(OTHERS, 1, "gathered"));
        engine.source.commit(tx -> tx.update(OTHERS, 1, "the latest"));
        insert(2, 7, "bob", "low");
        engine.awaitCaptured();
        insert(3, 7, "bob", "fatal");
        awaitRow(ann, 3);
        assertThat(got(ann).stream().map(line -> line.replaceAll(" by (?!user|broadcast).*", " by its channel")))
                .containsExactly(
                        "insert 1 by its channel",
                        "update 1 by its channel",
                        "insert 2 by broadcast",
                        "insert 3 by user:ann");
        assertThat(ann.received().changes().get(1).text("data.text")).isEqualTo("the latest");
        ann.await("commit");
        insert(4, 7, "bob", "fatal");
        awaitRow(ann, 4);
    }

    @Test
    void whatWaitedWhenTheConnectionWasLostComesAfterwardsOnce() {
        start(ALERT.push(Push.to("broadcast").priority(Priority.LOW)));
        LoopbackClient first = connect(";;");
        String offset = first.received().all().stream()
                .map(message -> message.text(message.is("welcome") ? "sources.pg.offset" : "offsets.pg"))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow();
        insert(1, 7, "ann", "low");
        engine.awaitCaptured();
        first.drop();
        LoopbackClient again = resume(";;", offset);
        awaitRow(again, 1);
        insert(2, 7, "ann", "low");
        awaitRow(again, 2);
        assertThat(got(again)).containsExactly("insert 1 by broadcast", "insert 2 by broadcast");
    }

    /** Small queues, slow clients, subscriptions beside: whatever offset a client stops at, it misses and repeats nothing. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whatIsPushedLiveAndWhatIsReadAgainAreTheSame(long seed) {
        Limits small = new Limits(100, 100, 100, 100, 512 * 1024, 8 * 1024, 100_000, 60_000, Set.of());
        start(
                small,
                ALERT.push("user:{row.owner}")
                        .push(Push.to("role:admin").priority(Priority.LOW))
                        .push(Push.to("broadcast")
                                .when(json("{'severity':{'$in':['fatal','high']}}"))
                                .priority(Priority.HIGH))
                        .rows(json("{'tenant':{'$lt':9}}"))
                        .readEveryone());
        Random random = new Random(seed);
        List<LoopbackClient> clients = new ArrayList<>();
        for (String who : List.of("ann;admin", "bob", ";;")) {
            LoopbackClient client = connect(who);
            TestEngine.follow(client, "alerts", "{'severity':'fatal'}".replace('\'', '"'));
            clients.add(client);
        }
        LoopbackClient slow = clients.get(0);
        List<List<String>> expected = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 1; i <= 400; i++) {
            int number = i;
            int changes = 1 + random.nextInt(3);
            if (random.nextInt(40) == 0) {
                slow.stopTaking();
            } else if (random.nextInt(40) == 0) {
                slow.startTaking();
            }
            engine.source.commit(tx -> {
                for (int j = 0; j < changes; j++) {
                    int id = number * 10 + j;
                    int tenant = random.nextInt(11);
                    String owner = random.nextBoolean() ? "bob" : "ann";
                    String severity = List.of("low", "high", "fatal").get(random.nextInt(3));
                    tx.insert(ALERTS, id, tenant, owner, severity, "i".repeat(random.nextInt(300)));
                    if (tenant < 9) {
                        boolean all = !severity.equals("low");
                        expected.get(0)
                                .add(id + (all ? " broadcast" : owner.equals("ann") ? " user:ann" : " role:admin"));
                        if (owner.equals("bob") || all) {
                            expected.get(1).add(id + (all ? " broadcast" : " user:bob"));
                        }
                        if (all) {
                            expected.get(2).add(id + " broadcast");
                        }
                    }
                }
            });
        }
        slow.startTaking();
        insert(9000, 1, "x", "fatal");
        clients.forEach(client -> client.await("the last", message -> TestEngine.isCommit(message) && lastIs(client)));
        for (int i = 0; i < 3; i++) {
            expected.get(i).add("9000 broadcast");
            assertThat(pushed(clients.get(i))).isEqualTo(expected.get(i));
            assertWhole(clients.get(i).received().all());
        }
        List<Message> all = clients.get(0).received().all();
        List<Message> commits = all.stream().filter(TestEngine::isCommit).toList();
        for (int i = 0; i < 20; i++) {
            Message stop = commits.get(random.nextInt(commits.size() - 1));
            LoopbackClient again = resume("ann;admin", stop.text("offset"));
            again.await("the last", message -> TestEngine.isCommit(message) && lastIs(again));
            List<Message> behind = all.subList(all.indexOf(stop) + 1, all.size());
            assertThat(pushed(again)).isEqualTo(pushed(behind));
            again.drop();
        }
    }

    /** The changes of a transaction come one after the other, over all channels, and its end follows. */
    private static void assertWhole(List<Message> messages) {
        String open = null;
        Set<String> ended = new HashSet<>();
        for (Message message : messages) {
            if (message.isChange()) {
                assertThat(message.text("tx")).isNotIn(ended);
                assertThat(open).isIn(null, message.text("tx"));
                open = message.text("tx");
            }
            if (TestEngine.isCommit(message)) {
                assertThat(message.text("tx")).isEqualTo(open);
                ended.add(open);
                open = null;
            }
        }
        assertThat(open).isNull();
    }

    private static boolean lastIs(LoopbackClient client) {
        return pushed(client).stream().anyMatch(line -> line.startsWith("9000 "));
    }

    private static List<String> pushed(LoopbackClient client) {
        return pushed(client.received().all());
    }

    private static List<String> pushed(List<Message> messages) {
        return messages.stream()
                .filter(message -> message.isChange()
                        && (message.text("channel").contains(":")
                                || message.text("channel").equals("broadcast")))
                .map(message -> message.text("key.id") + " " + message.text("channel"))
                .toList();
    }

    @Test
    void otherRolesAreOtherAddresses() {
        start(ALERT.push("role:admin", "role:clerk"));
        LoopbackClient ann = connect("ann;admin");
        insert(1, 7, "x", "low");
        awaitRow(ann, 1);
        ann.send(json("{'type':'authenticate','token':'ann;clerk'}"));
        ann.await("welcome");
        insert(2, 7, "x", "low");
        assertThat(awaitRow(ann, 2).text("channel")).isEqualTo("role:clerk");
        ann.send(json("{'type':'authenticate','token':'ann'}"));
        ann.await("welcome");
        insert(3, 7, "x", "low");
        engine.awaitCaptured();
        LoopbackClient admin = connect("bob;admin");
        insert(4, 7, "x", "low");
        awaitRow(admin, 4);
        assertThat(got(ann)).containsExactly("insert 1 by role:admin", "insert 2 by role:clerk");
    }

    @Test
    void whatDoesNotSuitTheRelationIsPushedToNobody() {
        start(
                ALERT.push("broadcast").push("user:{row.boss}"),
                Route.from("pg/public.others").push("broadcast"));
        LoopbackClient ann = connect("ann");
        insert(1, 7, "ann", "low");
        engine.source.commit(tx -> tx.insert(OTHERS, 2, "x"));
        awaitRow(ann, 2);
        assertThat(got(ann)).containsExactly("insert 2 by broadcast");
    }

    @Test
    void anAddressThatIsNoneIsRefusedWhereItIsWritten() {
        for (String to : List.of(
                "",
                "everybody",
                "user:",
                "{row.to}",
                "{row.kind}:x",
                "us{row.x}er:1",
                "user:{owner}",
                "user:{row.}",
                "user:{",
                "broadcast{row.x}")) {
            assertThatThrownBy(() -> Push.to(to)).as(to).isInstanceOf(ChangecastException.class);
        }
        assertThatThrownBy(() -> Push.to("broadcast").when("{")).isInstanceOf(ChangecastException.class);
    }
}
