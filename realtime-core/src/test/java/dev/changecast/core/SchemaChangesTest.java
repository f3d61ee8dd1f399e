package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.json;
import static dev.changecast.core.TestEngine.resume;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
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
        Message change = client.awaitChange();
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
}
