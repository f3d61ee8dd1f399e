package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import dev.changecast.testing.RelationBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands and their answers. */
class CommandsTest {
    private TestEngine engine;
    private LoopbackClient client;

    @BeforeEach
    void start() {
        engine = TestEngine.start(
                builder -> builder.route(Route.from("pg/public.workstations").hide("status"))
                        .route(Route.from("pg/public.events").readRoles("auditor")));
        client = engine.connect();
        client.await("welcome");
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void aSubscriptionIsAnsweredOnceAndThenReady() {
        client.send(json("{'type':'subscribe','id':'1','collection':'desks','snapshot':false}"));
        Message subscribed = client.await("subscribed");
        assertThat(subscribed.names()).containsExactly("type", "id", "channel", "collection", "key", "columns");
        assertThat(subscribed.text("id")).isEqualTo("1");
        assertThat(subscribed.text("collection")).isEqualTo("desks");
        assertThat(subscribed.list("key")).hasToString("[id]");
        assertThat(subscribed.list("columns"))
                .hasToString("[{name=id, type=int4}, {name=floor_number, type=int4}, {name=label, type=text}]");
        Message ready = client.await("ready");
        assertThat(ready.names()).containsExactly("type", "channel", "offsets");
        assertThat(ready.text("channel")).isEqualTo(subscribed.text("channel"));
        assertThat(ready.text("offsets.pg")).endsWith(".5-0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "4002 | unknown_collection | 'collection':'nothing'",
                "4002 | unknown_collection | 'collection':'events'",
                "4002 | unknown_collection | 'collection':'public.desks'",
                "4004 | unknown_column     | 'collection':'desks','filter':{'nothing':1}",
                "4004 | unknown_column     | 'collection':'desks','columns':['nothing']",
                "4004 | unknown_column     | 'collection':'workstations','filter':{'status':'free'}",
                "4004 | unknown_column     | 'collection':'workstations','columns':['status']",
                "4005 | bad_filter         | 'collection':'desks','filter':{'id':'no number'}",
                "4005 | bad_filter         | 'collection':'desks','filter':{'id':{'$near':1}}",
                "4005 | bad_filter         | 'collection':'desks','filter':[1]",
                "4012 | bad_offset         | 'collection':'desks','since':'e1.1-1'",
                "4014 | needs_old_row      | 'collection':'workstations','filter':{'floor_number':1}"
            })
    void whatCannotBeSubscribedToGetsANumberedError(int code, String name, String fields) {
        client.send(json("{'type':'subscribe','id':'s','snapshot':false," + fields + "}"));
        Message error = client.await("error");
        assertThat(error.names())
                .containsExactly("type", "id", "code", "name", "context", "message", "retry", "timestamp");
        assertThat(error.number("code")).isEqualTo(code);
        assertThat(error.text("name")).isEqualTo(name);
        assertThat(error.text("id")).isEqualTo("s");
        assertThat(error.text("context")).isEqualTo("subscribe");
        assertThat(error.get("retry")).isEqualTo(false);
        assertThat(client.received().all("subscribed")).isEmpty();
        follow(client, "desks");
    }

    @Test
    void aHiddenColumnAndOneThatIsNotThereAreNotToldApart() {
        client.send(json("{'type':'subscribe','snapshot':false,'collection':'workstations','filter':{'status':'a'}}"));
        String hidden = client.await("error").text("message");
        client.send(json("{'type':'subscribe','snapshot':false,'collection':'workstations','filter':{'stattus':'a'}}"));
        assertThat(client.await("error").text("message")).isEqualTo(hidden.replace("status", "stattus"));
        client.send(json("{'type':'subscribe','snapshot':false,'collection':'workstations','columns':['status']}"));
        hidden = client.await("error").text("message");
        client.send(json("{'type':'subscribe','snapshot':false,'collection':'workstations','columns':['stattus']}"));
        assertThat(client.await("error").text("message")).isEqualTo(hidden.replace("status", "stattus"));
    }

    @Test
    void aFilterThatNeedsTheOldRowIsRefusedWithTheStatementThatHelps() {
        client.send(
                json("{'type':'subscribe','snapshot':false,'collection':'workstations','filter':{'floor_number':1}}"));
        assertThat(client.await("error").text("message")).contains("ALTER TABLE workstations REPLICA IDENTITY FULL");
        follow(client, "workstations", "{'id':{'$gt':5}}");
    }

    @Test
    void whatThisServerDoesNotOfferIsUnsupported() {
        client.send(json("{'type':'authenticate','id':7,'token':'secret-token'}"));
        Message error = client.await("error");
        assertThat(error.number("code")).isEqualTo(4011);
        assertThat(error.number("id")).isEqualTo(7);
        assertThat(error.text("context")).isEqualTo("authenticate");
        assertThat(error.json()).doesNotContain("secret-token");
    }

    @Test
    void anUnknownTypeIsAnErrorThatNamesTheKnownOnes() {
        client.send(json("{'type':'subscrieb','id':'a'}"));
        Message error = client.await("error");
        assertThat(error.number("code")).isEqualTo(4001);
        assertThat(error.text("id")).isEqualTo("a");
        assertThat(error.text("message")).contains("subscrieb").contains("subscribe");
    }

    @Test
    void tenMessagesThatAreNoCommandsEndTheSession() {
        for (int i = 0; i < 9; i++) {
            client.send(i % 2 == 0 ? "no json" : "[]");
            assertThat(client.await("error").number("code")).isEqualTo(4000);
        }
        client.send(json("{'type':'ping','id':'still here'}"));
        assertThat(client.await("pong").text("id")).isEqualTo("still here");
        client.sendBad("a binary frame");
        assertThat(client.await("error").text("message")).isEqualTo("a binary frame");
        assertThat(client.awaitCloseCode()).isEqualTo(4400);
    }

    @Test
    void aPingIsAnsweredWithTheTime() {
        client.send(json("{'type':'ping'}"));
        assertThat(client.await("pong").names()).containsExactly("type", "server_time");
    }

    @Test
    void rolesDecideWhoMayRead() {
        LoopbackClient auditor = engine.opened(
                engine.client().header("User", "ada").header("Role", "auditor").connect());
        follow(auditor, "events");
        client.send(json("{'type':'subscribe','snapshot':false,'collection':'events'}"));
        assertThat(client.await("error").number("code")).isEqualTo(4002);
    }

    @Test
    void aRelationThatIsYoungerThanTheSourcesWordIsFound() {
        var rooms = RelationBuilder.table("rooms").key("id").build();
        engine.source.define(rooms);
        // The engine asks again at most once in a second.
        dev.changecast.testing.Eventually.assertEventually(() -> {
            client.send(json("{'type':'subscribe','snapshot':false,'collection':'rooms'}"));
            Message answer = client.await("an answer", message -> message.is("subscribed") || message.is("error"));
            assertThat(answer.type()).isEqualTo("subscribed");
        });
        client.await("ready");
        engine.source.commit(tx -> tx.insert(rooms, 1));
        assertThat(client.awaitChange().text("collection")).isEqualTo("rooms");
    }

    @Test
    void hiddenColumnsAreInNoMessage() {
        follow(client, "workstations");
        engine.source.commit(tx -> tx.insert(TestEngine.WORKSTATIONS, 1, 2, "top secret"));
        engine.source.commit(tx -> tx.update(TestEngine.WORKSTATIONS, 1, 3, dev.changecast.api.source.Row.ABSENT));
        client.awaitChange();
        client.awaitChange();
        assertThat(client.received().all())
                .noneMatch(message ->
                        message.json().contains("secret") || message.json().contains("status"));
    }

    @Test
    void nothingIsVisibleWithoutARoute() {
        InMemorySource source = new InMemorySource(DESKS);
        try (TestEngine other = TestEngine.start(new InMemorySource(), builder -> builder.source("dark", source))
                .awaitStreaming()) {
            LoopbackClient blind = other.connect();
            blind.send(json("{'type':'subscribe','snapshot':false,'collection':'desks'}"));
            assertThat(blind.await("error").number("code")).isEqualTo(4002);
        }
    }

    @Test
    void aNameThatStandsForSeveralRelationsIsRefused() {
        InMemorySource source = new InMemorySource(DESKS);
        try (TestEngine other = TestEngine.start(
                        new InMemorySource(DESKS),
                        builder -> builder.source("second", source)
                                .route(Route.from("second/*").readEveryone()))
                .awaitStreaming()) {
            dev.changecast.testing.Eventually.await(
                    "the second source", () -> other.changecast.sources().get(1).delivered() != null);
            LoopbackClient confused = other.connect();
            dev.changecast.testing.Eventually.assertEventually(() -> {
                confused.send(json("{'type':'subscribe','snapshot':false,'collection':'desks'}"));
                Message answer =
                        confused.await("an answer", message -> message.is("subscribed") || message.is("error"));
                assertThat(answer.text("message")).contains("several");
            });
        }
    }
}
