package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.source.SourceMessage;
import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages among the changes of a source reach those they are for, with the transaction they are part of. */
class SourceMessagesTest {
    private final InMemorySource source = new InMemorySource(DESKS);
    private Changecast changecast;

    /** A source whose changes may have messages among them. */
    private record Carrying(InMemorySource source, boolean carriesMessages) implements ChangeSource {
        @Override
        public Replay replay() {
            return source.replay();
        }

        @Override
        public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
            source.run(start, sink);
        }

        @Override
        public void acknowledge(Checkpoint durable) {
            source.acknowledge(durable);
        }

        @Override
        public CheckResult check() {
            return source.check();
        }

        @Override
        public List<Relation> relations() throws Exception {
            return source.relations();
        }

        @Override
        public Optional<SnapshotReader> snapshots() {
            return source.snapshots();
        }

        @Override
        public void close() {
            source.close();
        }
    }

    private void start(boolean carries) {
        changecast = Changecast.builder()
                .source("pg", new Carrying(source, carries))
                .limits(TestEngine.LIMITS)
                .authenticator(handshake -> Optional.of(handshake
                        .header("User")
                        .map(user -> new Identity(user, Set.of("clerk"), Map.of()))
                        .orElse(Identity.anonymous())))
                .route(Route.from("*/*").readEveryone())
                .build();
        changecast.start();
        Eventually.await("capture", () -> changecast.sources().get(0).delivered() != null);
    }

    @AfterEach
    void close() {
        changecast.close();
    }

    private LoopbackClient connect(@Nullable String user) {
        LoopbackClient.Builder builder = LoopbackClient.to(changecast.gateway());
        LoopbackClient client =
                user == null ? builder.connect() : builder.header("User", user).connect();
        client.await("welcome");
        return client;
    }

    private static String message(String to, int number) {
        return json("{'to':'" + to + "','type':'notification','content':{'n':" + number + "}}");
    }

    private void commit(String... messages) {
        source.commit(tx -> {
            for (String text : messages) {
                tx.insert(SourceMessage.RELATION, text);
            }
        });
    }

    private static Message awaitNote(LoopbackClient client, int number) {
        return client.await(
                "notification " + number,
                message -> message.is("notification") && message.number("content.n") == number);
    }

    private static List<Integer> notes(LoopbackClient client) {
        return client.received().all("notification").stream()
                .map(message -> (int) message.number("content.n"))
                .toList();
    }

    @Test
    void aMessageReachesThoseItIsForAndNobodyElse() {
        start(true);
        LoopbackClient ann = connect("ann");
        LoopbackClient bob = connect("bob");
        LoopbackClient nobody = connect(null);
        commit(message("user:ann", 1), message("role:clerk", 2), message("room:x", 3));
        commit(message("broadcast", 4));
        List.of(ann, bob, nobody).forEach(client -> awaitNote(client, 4));
        assertThat(notes(ann)).containsExactly(1, 2, 4);
        assertThat(notes(bob)).containsExactly(2, 4);
        assertThat(notes(nobody)).containsExactly(4);
    }

    @Test
    void itComesWithTheChangesOfItsTransactionAndItsCommitMark() {
        start(true);
        LoopbackClient ann = connect("ann");
        TestEngine.follow(ann, "desks");
        source.commit(tx -> {
            tx.insert(DESKS, 1, 1, "a");
            tx.insert(
                    SourceMessage.RELATION,
                    json("{'to':'user:ann','type':'desk_taken','content':{'n':1},'id':'x-1','priority':'high'}"));
            tx.insert(DESKS, 2, 1, "b");
        });
        Message commit = ann.await("commit");
        List<Message> all = ann.received().all();
        List<Message> transaction = all.subList(all.indexOf(commit) - 3, all.indexOf(commit));
        assertThat(transaction).extracting(Message::type).containsExactlyInAnyOrder("desk_taken", "change", "change");
        Message told = ann.received().all("desk_taken").get(0);
        assertThat(told.names())
                .containsExactly("type", "channel", "id", "priority", "content", "timestamp", "source", "tx");
        assertThat(told.text("channel")).isEqualTo("user:ann");
        assertThat(told.text("id")).isEqualTo("x-1");
        assertThat(told.text("source")).isEqualTo("pg");
        assertThat(told.text("tx")).isEqualTo(commit.text("tx"));
    }

    @Test
    void aSessionThatComesBackGetsWhatItMissedOnce() {
        start(true);
        LoopbackClient ann = connect("ann");
        commit(message("user:ann", 1));
        awaitNote(ann, 1);
        String offset = ann.await("commit").text("offset");
        ann.drop();
        commit(message("user:ann", 2), message("user:bob", 3));
        LoopbackClient back = LoopbackClient.to(changecast.gateway())
                .header("User", "ann")
                .parameter("since", json("{'pg':'" + offset + "'}"))
                .connect();
        awaitNote(back, 2);
        commit(message("user:ann", 4));
        awaitNote(back, 4);
        assertThat(notes(back)).containsExactly(2, 4);
    }

    @Test
    void whatIsNoMessageIsForNobodyAndStopsNothing() {
        start(true);
        LoopbackClient ann = connect("ann");
        commit(
                "",
                "no JSON",
                "[1]",
                "{}",
                json("{'to':'user:ann','type':'welcome','content':1}"),
                json("{'to':'all','type':'x','content':1}"),
                json("{'to':'user:ann','type':'x','content':1,'ephemeral':true}"),
                "[" + message("user:ann", 9) + "]",
                message("user:ann", 1));
        awaitNote(ann, 1);
        assertThat(ann.received().all())
                .extracting(Message::type)
                .doesNotContain("x")
                .containsOnlyOnce("welcome", "notification");
    }

    @Test
    void noRouteShowsThemAsACollection() {
        start(true);
        LoopbackClient ann = connect("ann");
        commit(message("user:bob", 1), message("user:ann", 2));
        awaitNote(ann, 2);
        ann.send(json("{'type':'subscribe','collection':'message','snapshot':false}"));
        assertThat(ann.await("error").number("code")).isEqualTo(ErrorCode.UNKNOWN_COLLECTION.number());
    }

    @Test
    void ofASourceThatCarriesNoneNoneIsDelivered() {
        start(false);
        LoopbackClient ann = connect("ann");
        TestEngine.follow(ann, "desks");
        source.commit(tx -> {
            tx.insert(SourceMessage.RELATION, message("user:ann", 1));
            tx.insert(DESKS, 1, 1, "a");
        });
        ann.await("the change", Message::isChange);
        assertThat(notes(ann)).isEmpty();
    }
}
