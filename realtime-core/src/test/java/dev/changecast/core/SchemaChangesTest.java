package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.json;
import static dev.changecast.core.TestEngine.resume;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import dev.changecast.testing.RelationBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Relations whose shape changes while they are followed. */
class SchemaChangesTest {
    private static final Relation WITHOUT_FLOOR = RelationBuilder.table("desks")
            .key("id")
            .text("label")
            .old(OldRow.FULL)
            .build();
    private static final Relation WITH_MORE = RelationBuilder.table("desks")
            .key("id")
            .integer("floor_number")
            .text("label")
            .text("colour")
            .old(OldRow.FULL)
            .build();
    private static final Relation WITHOUT_OLD_ROW = RelationBuilder.table("desks")
            .key("id")
            .integer("floor_number")
            .text("label")
            .build();

    private TestEngine engine;
    private LoopbackClient client;

    @BeforeEach
    void start() {
        engine = TestEngine.start();
        client = engine.connect();
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void aFilterWhoseColumnIsGoneIsResetAndThenRefused() {
        String channel = follow(client, "desks", "{'floor_number':1}");
        String all = follow(client, "desks");
        engine.source.define(WITHOUT_FLOOR);
        engine.source.commit(tx -> tx.insert(WITHOUT_FLOOR, 1, "new shape"));
        Message reset = client.await("reset");
        assertThat(reset.text("reason")).isEqualTo("schema_changed");
        assertThat(reset.text("channel")).isEqualTo(channel);
        assertThat(client.await("error").number("code")).isEqualTo(4004);
        // It does not wait for what the source has to say to the other.
        Eventually.await("the change", () -> !client.received().all("change").isEmpty());
        Message change = client.received().all("change").get(0);
        assertThat(change.text("channel")).isEqualTo(all);
        assertThat(change.get("data")).hasToString("{id=1, label=new shape}");
        assertThat(client.received().all("reset")).hasSize(1);
    }

    @Test
    void aNewColumnComesWithTheChangesAndNothingIsReset() {
        follow(client, "desks", "{'floor_number':1}");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "old shape"));
        client.awaitChange();
        engine.source.commit(tx -> tx.insert(WITH_MORE, 2, 1, "new shape", "blue"));
        assertThat(client.awaitChange().text("data.colour")).isEqualTo("blue");
        assertThat(client.received().all("reset")).isEmpty();
    }

    @Test
    void aFilterThatCannotBeToldAnyMoreIsReset() {
        follow(client, "desks", "{'floor_number':1}");
        engine.source.define(WITHOUT_OLD_ROW);
        engine.source.commit(tx -> tx.insert(WITHOUT_OLD_ROW, 1, 1, "old rows are gone"));
        assertThat(client.await("reset").text("reason")).isEqualTo("schema_changed");
        assertThat(client.await("error").number("code")).isEqualTo(4014);
    }

    @Test
    void aResumeAcrossAnIncompatibleShapeIsReset() {
        String offset = client.await("welcome").text("sources.pg.offset");
        engine.source.commit(tx -> tx.insert(WITHOUT_FLOOR, 1, "odd shape"));
        engine.source.commit(tx -> tx.truncate(DESKS).insert(DESKS, 1, 1, "and back"));
        engine.awaitCaptured();
        LoopbackClient other = engine.connect();
        other.send(json("{'type':'subscribe','snapshot':false,'collection':'desks','filter':{'floor_number':1},"
                + "'since':{'pg':'" + offset + "'}}"));
        assertThat(other.await("reset").text("reason")).isEqualTo("schema_changed");
        other.await("ready");
        resume(client, "desks", offset);
        assertThat(client.awaitChange().text("data.label")).isEqualTo("odd shape");
        client.await("truncate", message -> "truncate".equals(message.text("action")));
        assertThat(client.awaitChange().text("data.label")).isEqualTo("and back");
        assertThat(client.received().all("reset")).isEmpty();
    }

    @Test
    void aTableThatWasMadeAgainIsFollowedByItsName() {
        follow(client, "desks");
        Relation same = RelationBuilder.table("desks")
                .key("id")
                .integer("floor_number")
                .text("label")
                .old(OldRow.FULL)
                .build();
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "first"));
        engine.source.commit(tx -> tx.truncate(DESKS));
        engine.source.commit(tx -> tx.insert(same, 1, 1, "second"));
        client.await("second", message -> "second".equals(message.text("data.label")));
        assertThat(client.received().all("reset")).isEmpty();
    }

    // ---- Those who hold rows

    private static final Relation RETYPED = RelationBuilder.table("desks")
            .key("id")
            .integer("floor_number")
            .integer("label")
            .old(OldRow.FULL)
            .build();

    private static final Relation MADE_AGAIN = RelationBuilder.table("desks")
            .key("id")
            .integer("floor_number")
            .text("label")
            .old(OldRow.FULL)
            .identity("made again")
            .build();

    /** Subscribes with a snapshot; returns the channel when that is ready. */
    private String hold(LoopbackClient client, String more) {
        client.send(json("{'type':'subscribe','collection':'desks'" + more + "}"));
        String channel = client.await("subscribed").text("channel");
        client.await("ready of " + channel, message -> message.is("ready") && channel.equals(message.text("channel")));
        return channel;
    }

    /** Whoever asks for something unknown makes the engine ask the source; it would do so by itself some time later. */
    private void lookAgain() {
        engine.connect().send(json("{'type':'subscribe','collection':'unknown'}"));
    }

    private Message awaitReset(String channel) {
        Message reset = client.await("reset");
        assertThat(reset.text("reason")).isEqualTo("schema_changed");
        assertThat(reset.text("channel")).isEqualTo(channel);
        return reset;
    }

    @Test
    void whoHoldsRowsOfAnotherShapeGetsThemAnew() {
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "7"));
        String channel = hold(client, "");
        engine.source.define(RETYPED);
        engine.source.commit(tx -> tx.insert(RETYPED, 2, 1, 8));
        awaitReset(channel);
        Message subscribed = client.await("subscribed");
        assertThat(subscribed.text("replaces")).isEqualTo(channel);
        assertThat(subscribed.text("channel")).isNotEqualTo(channel);
        assertThat(subscribed.list("columns").get(2)).hasToString("{name=label, type=int4}");
        assertThat(client.await("snapshot").list("rows")).hasSize(2);
        client.await("ready");
        engine.source.commit(tx -> tx.insert(RETYPED, 3, 1, 9));
        assertThat(client.awaitChange().text("channel")).isEqualTo(subscribed.text("channel"));
        assertThat(client.received().all("reset")).hasSize(1);
    }

    @Test
    void aNewColumnMayHaveADefaultThatTheRowsOfBeforeHaveToo() {
        String all = hold(client, "");
        String some = hold(client, ",'columns':['label']");
        engine.source.define(WITH_MORE);
        engine.source.commit(tx -> tx.insert(WITH_MORE, 1, 1, "x", "blue"));
        awaitReset(all);
        assertThat(client.await("subscribed").text("replaces")).isEqualTo(all);
        client.await("its ready", message -> message.is("ready") && !some.equals(message.text("channel")));
        assertThat(client.received().all("reset"))
                .as("who does not get it is not concerned")
                .hasSize(1);
    }

    @Test
    void aTableThatIsDroppedIsToldThoughNothingIsWrittenToIt() {
        String held = hold(client, "");
        engine.source.drop("public.desks");
        lookAgain();
        awaitReset(held);
        assertThat(client.await("error").number("code")).isEqualTo(4002);
    }

    @Test
    void whoFollowsChangesAloneIsToldOfADroppedTableToo() {
        String followed = follow(client, "desks");
        engine.source.drop("public.desks");
        lookAgain();
        awaitReset(followed);
        assertThat(client.await("error").number("code")).isEqualTo(4002);
    }

    @Test
    void aTableThatWasMadeAgainHasOtherRows() {
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "of the first"));
        String held = hold(client, "");
        engine.source.commit(tx -> tx.truncate(DESKS));
        client.awaitChange();
        engine.source.define(MADE_AGAIN);
        lookAgain();
        awaitReset(held);
        assertThat(client.await("subscribed").text("replaces")).isEqualTo(held);
        client.await("ready");
    }

    @Test
    void aResumeInAnotherShapeIsResetAndInTheSameOneIsNot() {
        String channel = hold(client, "");
        String offset = client.received().all("ready").get(0).text("offsets.pg");
        String resume = ",'since':{'pg':'" + offset + "'},'channel':'" + channel + "'";
        assertThat(hold(engine.connect(), resume)).isEqualTo(channel);
        engine.source.define(MADE_AGAIN);
        lookAgain();
        awaitReset(channel);
        client.await("ready");
        LoopbackClient back = engine.connect();
        back.send(json("{'type':'subscribe','collection':'desks'" + resume + "}"));
        assertThat(back.await("subscribed").text("channel")).isNotEqualTo(channel);
        Message reset = back.await("reset");
        assertThat(reset.text("reason")).isEqualTo("schema_changed");
        assertThat(reset.text("channel")).isEqualTo(channel);
        back.await("snapshot");
        back.await("ready");
    }

    @Test
    void aFilterOnANewColumnIsReadyBeforeAnythingIsWrittenInTheNewShape() {
        follow(client, "desks");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "old shape"));
        client.awaitChange();
        engine.source.define(WITH_MORE);
        lookAgain();
        LoopbackClient other = engine.connect();
        other.await("welcome");
        Eventually.await("the column to be known", () -> {
            other.send(json("{'type':'subscribe','snapshot':false,'collection':'desks','filter':{'colour':'blue'}}"));
            return other.await("an answer", message -> message.is("ready") || message.is("error"))
                    .is("ready");
        });
        engine.source.commit(tx -> tx.insert(WITH_MORE, 2, 1, "x", "blue"));
        assertThat(other.awaitChange().text("data.colour")).isEqualTo("blue");
        assertThat(other.received().all("reset")).isEmpty();
    }

    @Test
    void whoLeavesWhileTheSourceIsAskedStaysAway() {
        String held = hold(client, "");
        engine.source.drop("public.desks");
        lookAgain();
        awaitReset(held);
        client.send(json("{'type':'unsubscribe','channel':'" + held + "'}"));
        // Either it came in time, or the error of the dropped table came first and there is nothing to leave.
        client.await("the answer", message -> message.is("unsubscribed") || message.is("error"));
    }
}
