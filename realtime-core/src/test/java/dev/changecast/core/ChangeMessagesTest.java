package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.EVENTS;
import static dev.changecast.core.TestEngine.WORKSTATIONS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Row;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What changes look like on the wire, to the letter. */
class ChangeMessagesTest {
    private TestEngine engine;
    private LoopbackClient client;

    @BeforeEach
    void start() {
        engine = TestEngine.start(builder -> builder.route(Route.from("pg/public.desks")
                        .event(Operation.INSERT, "desk_created")
                        .event(Operation.DELETE, "desk_removed")
                        .withOld())
                .route(Route.from("pg/public.work*").event("workstation_update")));
        client = engine.connect();
    }

    @AfterEach
    void close() {
        engine.close();
    }

    /** The epoch ends in the mark of the run, since the log is in memory. */
    private String epoch() {
        String offset = client.received().all("welcome").get(0).text("sources.pg.offset");
        return offset.substring(0, offset.indexOf('.'));
    }

    private void assertNext(String expected) {
        Message message = client.await("a change or commit", any -> any.isChange() || any.is("commit"));
        assertThat(message.json()).isEqualTo(json(expected).replace("EPOCH", epoch()));
    }

    @Test
    void theOnlyChangeOfATransactionCarriesTheCommit() {
        String channel = follow(client, "workstations");
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 7, 1, "free"));
        assertNext("{'type':'workstation_update','channel':'" + channel
                + "','action':'insert','collection':'workstations','key':{'id':7},"
                + "'data':{'id':7,'floor_number':1,'status':'free'},"
                + "'timestamp':'2026-01-02T03:04:05.679Z','source':'pg','tx':'tx1','offset':'EPOCH.10-3',"
                + "'commit':true}");
    }

    @Test
    void severalChangesOfATransactionEndWithACommitMessage() {
        String channel = follow(client, "workstations");
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 7, 1, "free").update(WORKSTATIONS, 7, 2, null));
        String head = "{'type':'workstation_update','channel':'" + channel + "','action':'";
        String tail = "'timestamp':'2026-01-02T03:04:05.679Z','source':'pg','tx':'tx1','offset':'EPOCH.";
        assertNext(head + "insert','collection':'workstations','key':{'id':7},"
                + "'data':{'id':7,'floor_number':1,'status':'free'}," + tail + "10-3'}");
        assertNext(head + "update','collection':'workstations','key':{'id':7},"
                + "'data':{'id':7,'floor_number':2,'status':null}," + tail + "10-5'}");
        assertNext("{'type':'commit','source':'pg','tx':'tx1','offset':'EPOCH.15-0'}");
    }

    @Test
    void aDeleteTellsWhatIsKnownOfTheRow() {
        String workstations = follow(client, "workstations");
        String desks = follow(client, "desks");
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 7, 1, "free").insert(DESKS, 1, 2, "north"));
        client.await("commit");
        engine.source.commit(tx -> tx.delete(WORKSTATIONS, 7));
        assertNext("{'type':'workstation_update','channel':'" + workstations
                + "','action':'delete','collection':'workstations','key':{'id':7},'data':{'id':7},"
                + "'timestamp':'2026-01-02T03:04:05.680Z','source':'pg','tx':'tx2','offset':'EPOCH.20-3',"
                + "'commit':true}");
        engine.source.commit(tx -> tx.delete(DESKS, 1));
        assertNext("{'type':'desk_removed','channel':'" + desks
                + "','action':'delete','collection':'desks','key':{'id':1},"
                + "'data':{'id':1,'floor_number':2,'label':'north'},"
                + "'timestamp':'2026-01-02T03:04:05.681Z','source':'pg','tx':'tx3','offset':'EPOCH.30-3',"
                + "'commit':true}");
    }

    @Test
    void anUpdateTellsTheOldRowOnlyWhereTheRouteAllowsIt() {
        follow(client, "workstations");
        String desks = follow(client, "desks");
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 7, 1, "free").insert(DESKS, 1, 2, "north"));
        client.await("commit");
        engine.source.commit(tx -> tx.update(DESKS, 1, 3, "south"));
        assertNext("{'type':'change','channel':'" + desks + "','action':'update','collection':'desks','key':{'id':1},"
                + "'data':{'id':1,'floor_number':3,'label':'south'},'old':{'id':1,'floor_number':2,'label':'north'},"
                + "'timestamp':'2026-01-02T03:04:05.680Z','source':'pg','tx':'tx2','offset':'EPOCH.20-3',"
                + "'commit':true}");
        engine.source.commit(tx -> tx.update(WORKSTATIONS, 7, 1, "taken"));
        assertThat(client.awaitChange().has("old")).isFalse();
    }

    @Test
    void aTruncateTellsAllReadersAndHasNoRow() {
        String channel = follow(client, "desks", "{'floor_number':5}");
        engine.source.commit(tx -> tx.truncate(DESKS));
        assertNext("{'type':'change','channel':'" + channel + "','action':'truncate','collection':'desks',"
                + "'timestamp':'2026-01-02T03:04:05.679Z','source':'pg','tx':'tx1','offset':'EPOCH.10-3',"
                + "'commit':true}");
    }

    @Test
    void aValueThatDidNotChangeIsNamedAndNotSent() {
        follow(client, "workstations");
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 7, 1, "long text"));
        engine.source.commit(tx -> tx.update(WORKSTATIONS, 7, 2, Row.ABSENT));
        client.awaitChange();
        Message update = client.awaitChange();
        assertThat(update.list("unchanged")).hasToString("[status]");
        assertThat(update.has("data.status")).isFalse();
        assertThat(update.number("data.floor_number")).isEqualTo(2);
    }

    @Test
    void aChangeOfKeyIsADeleteAndAnInsertWithPlacesOfTheirOwn() {
        String channel = follow(client, "workstations");
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 7, 1, "free"));
        client.awaitChange();
        engine.source.commit(tx -> tx.updateKey(WORKSTATIONS, 7, 8, 1, "free"));
        assertNext("{'type':'workstation_update','channel':'" + channel
                + "','action':'delete','collection':'workstations','key':{'id':7},'data':{'id':7},"
                + "'timestamp':'2026-01-02T03:04:05.680Z','source':'pg','tx':'tx2','offset':'EPOCH.20-2'}");
        assertNext("{'type':'workstation_update','channel':'" + channel
                + "','action':'insert','collection':'workstations','key':{'id':8},"
                + "'data':{'id':8,'floor_number':1,'status':'free'},"
                + "'timestamp':'2026-01-02T03:04:05.680Z','source':'pg','tx':'tx2','offset':'EPOCH.20-3',"
                + "'commit':true}");
    }

    @Test
    void aRelationWithoutAKeyHasNullForIt() {
        client.send(json("{'type':'subscribe','collection':'events','snapshot':false}"));
        Message subscribed = client.await("subscribed");
        assertThat(subscribed.has("key")).isTrue();
        assertThat(subscribed.get("key")).isNull();
        client.await("ready");
        engine.source.commit(tx -> tx.insert(EVENTS, "a \"quoted\" \\ \u0001 line\n\u2028 and \ud83d\ude00"));
        Message insert = client.awaitChange();
        assertThat(insert.has("key")).isTrue();
        assertThat(insert.get("key")).isNull();
        assertThat(insert.text("data.what")).isEqualTo("a \"quoted\" \\ \u0001 line\n\u2028 and \ud83d\ude00");
        assertThat(insert.json()).doesNotContain("\n");
    }

    @Test
    void aRowThatEntersAFilterIsAnInsertAndOneThatLeavesItADelete() {
        follow(client, "desks", "{'floor_number':1}");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 2, "elsewhere"));
        engine.source.commit(tx -> tx.update(DESKS, 1, 1, "here"));
        engine.source.commit(tx -> tx.update(DESKS, 1, 1, "still here"));
        engine.source.commit(tx -> tx.update(DESKS, 1, 3, "gone"));
        engine.source.commit(tx -> tx.update(DESKS, 1, 4, "far"));
        engine.source.commit(tx -> tx.delete(DESKS, 1));
        engine.source.commit(tx -> tx.insert(DESKS, 2, 1, "end"));
        client.await("the end", message -> "end".equals(message.text("data.label")));
        List<Message> changes = client.received().changes();
        assertThat(changes)
                .extracting(message -> message.text("action") + " " + message.text("data.label"))
                .containsExactly("insert here", "update still here", "delete still here", "insert end");
        assertThat(changes.get(0).has("old")).isFalse();
        assertThat(changes.get(1).text("old.label")).isEqualTo("here");
        assertThat(changes.get(2).text("offset")).endsWith(".40-3");
    }

    @Test
    void onlyTheColumnsAskedForAndTheKeyAreSent() {
        client.send(json("{'type':'subscribe','collection':'desks','snapshot':false,'columns':['label']}"));
        Message subscribed = client.await("subscribed");
        assertThat(subscribed.list("columns")).hasToString("[{name=id, type=int4}, {name=label, type=text}]");
        client.await("ready");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 2, "north"));
        assertThat(client.awaitChange().get("data")).hasToString("{id=1, label=north}");
    }

    @Test
    void changesThatDoNotMatchAreNotSentAndNeitherIsTheirCommit() {
        follow(client, "workstations", "{'id':1}");
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 2, 1, "no").insert(WORKSTATIONS, 3, 1, "no"));
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "no"));
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 1, 1, "yes").insert(WORKSTATIONS, 4, 1, "no"));
        Message first = client.await("a change or commit", any -> any.isChange() || any.is("commit"));
        assertThat(first.text("data.status")).isEqualTo("yes");
        assertThat(first.has("commit")).isFalse();
        assertThat(client.await("commit").text("offset")).endsWith(".35-0");
    }
}
