package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Limits.Rate;
import dev.changecast.core.filter.FilterLimits;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import org.junit.jupiter.api.Test;

/** Clients that ask for too much or too often, beside one that does not. */
class CommandRateTest {
    @Test
    void whoAsksTooOftenIsToldAndWhoDoesNotListenIsSentAway() {
        try (TestEngine engine = TestEngine.start(TestEngine.LIMITS.input(new Rate(1, 20), 1 << 20))) {
            LoopbackClient calm = engine.connect();
            follow(calm, "desks");
            LoopbackClient hasty = engine.connect();
            follow(hasty, "desks");
            for (int i = 0; i < 30; i++) {
                hasty.send(json("{'type':'ping','id':" + i + "}"));
            }
            Message told = hasty.await("error");
            assertThat(told.number("code")).isEqualTo(4008);
            assertThat(told.text("name")).isEqualTo("rate_limited");
            assertThat(told.get("retry")).isEqualTo(true);
            assertThat(told.number("id")).isBetween(19L, 25L);
            assertThat(told.text("message")).contains("1 commands per second").contains("20 at once");
            engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "both get it"));
            assertThat(hasty.awaitChange().number("data.id")).isEqualTo(1);
            for (int i = 0; i < 100; i++) {
                hasty.send("{\"type\":\"ping\"}");
            }
            assertThat(hasty.awaitCloseCode()).isEqualTo(4429);
            assertThat(hasty.received().all("pong")).hasSizeLessThan(30);
            engine.source.commit(tx -> tx.insert(DESKS, 2, 1, "only one gets it"));
            assertThat(calm.awaitChange().number("data.id")).isEqualTo(1);
            assertThat(calm.awaitChange().number("data.id")).isEqualTo(2);
        }
    }

    @Test
    void whatIsTooMuchIsNotEvenRead() {
        Limits limits = new Limits(10, 10, 10, 10, 1024, 1 << 20, 100, 60_000, java.util.Set.of())
                .input(new Rate(1000, 1000), 1024);
        try (TestEngine engine = TestEngine.start(limits)) {
            LoopbackClient client = engine.connect();
            client.await("welcome");
            for (int i = 0; i < 5; i++) {
                client.send(json("{'type':'ping','id':'" + "x".repeat(100) + "'}" + " ".repeat(900)));
            }
            Message told = client.await("error");
            assertThat(told.number("code")).isEqualTo(4008);
            assertThat(told.text("message")).contains("1024 bytes per second");
            assertThat(client.received().all("pong")).hasSize(4);
        }
    }

    @Test
    void theSizeOfFiltersIsTheOperatorsChoice() {
        try (TestEngine engine = TestEngine.start(TestEngine.LIMITS.filters(new FilterLimits(2, 3, 4, 200)))) {
            LoopbackClient client = engine.connect();
            follow(client, "desks", "{'id':1,'label':'a','floor_number':{'$in':[1,2,3,4]}}");
            assertRefused(client, "{'$or':[{'$and':[{'id':1}]}]}", "2");
            assertRefused(client, "{'$or':[{'id':1},{'id':2},{'id':3},{'id':4}]}", "3");
            assertRefused(client, "{'id':{'$in':[1,2,3,4,5]}}", "4");
            assertRefused(client, "{'label':'" + "x".repeat(200) + "'}", "200");
            follow(client, "desks", "{'id':2}");
        }
    }

    private static void assertRefused(LoopbackClient client, String filter, String limit) {
        client.send(json("{'type':'subscribe','collection':'desks','snapshot':false,'filter':" + filter + "}"));
        Message error = client.await("error");
        assertThat(error.number("code")).as(error.json()).isEqualTo(4005);
        assertThat(error.text("message")).contains(limit);
    }
}
