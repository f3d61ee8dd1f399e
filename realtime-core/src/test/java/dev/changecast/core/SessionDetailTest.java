package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.follow;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Position;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What operators are told of sessions, and of what somebody may see. */
class SessionDetailTest {
    private static final Limits SMALL_QUEUE =
            new Limits(100, 100, 100, 100, 512 * 1024, 16 * 1024, 100_000, 60_000, Set.of());

    private TestEngine engine;

    @AfterEach
    void close() {
        engine.close();
    }

    private static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private SessionDetail detail(LoopbackClient client) {
        String session = client.received().all("welcome").get(0).text("session");
        return get(engine.changecast.session(session)).orElseThrow();
    }

    private static SessionDetail.Place place(SessionDetail detail) {
        return detail.feeds().stream()
                .filter(place -> place.source().equals("pg"))
                .findFirst()
                .orElseThrow();
    }

    private static Position position(String offset) {
        return Position.parse(offset.substring(offset.indexOf('.') + 1));
    }

    @Test
    void aSessionTellsWhoItIsWhatItFollowsAndWhereItIs() {
        engine = TestEngine.start(
                builder -> builder.room(new Room("floor-*", Route.Readers.AUTHENTICATED, Route.Readers.AUTHENTICATED))
                        .route(Route.from("pg/public.desks").readEveryone().rows("{\"floor_number\":1}")));
        LoopbackClient client = engine.connect("ann");
        String channel = follow(client, "desks", "{'label':'a'}");
        client.send("{\"type\":\"join_room\",\"room\":\"floor-1\"}");
        client.await("room_joined");
        engine.source.commit(tx -> tx.insert(DESKS, 7, 1, "a"));
        String offset = client.await("change").text("offset");

        SessionDetail detail = detail(client);
        assertThat(detail.identity().user()).isEqualTo("ann");
        assertThat(detail.load().session().transport()).isEqualTo("loopback");
        assertThat(detail.load().behind()).isZero();
        assertThat(detail.rooms()).containsExactly("floor-1");
        assertThat(detail.subscriptions()).singleElement().satisfies(subscribed -> {
            assertThat(subscribed.channel()).isEqualTo(channel);
            assertThat(subscribed.collection()).isEqualTo("desks");
            assertThat(subscribed.ready()).isTrue();
            assertThat(subscribed.conflated()).isFalse();
            assertThat(subscribed.filter())
                    .contains("{\"label\":{\"$eq\":\"a\"}}")
                    .contains("{\"floor_number\":{\"$eq\":\"1\"}}");
        });
        // Behind the change come the end of its transaction and the source's signs of life.
        Eventually.await("it to have everything", () -> {
            SessionDetail.Place place = place(detail(client));
            return position(place.offset()).compareTo(position(offset)) >= 0
                    && place.offset().equals(place.head())
                    && place.behind().isZero();
        });
        assertThat(detail.sentMessages()).isGreaterThanOrEqualTo(5);
        assertThat(get(engine.changecast.session("nobody"))).isEqualTo(Optional.empty());
        client.drop();
        Eventually.await(
                "it to be over",
                () -> get(engine.changecast.session(detail.load().session().session()))
                        .isEmpty());
    }

    @Test
    void whoTakesNothingAndFallsBehindIsTheSlowestUntilItTakesAgain() {
        engine = TestEngine.start(SMALL_QUEUE);
        LoopbackClient slow = engine.connect("slow");
        LoopbackClient fast = engine.connect("fast");
        follow(slow, "desks");
        follow(fast, "desks");
        Eventually.await("nobody to lack anything", () -> slowest(5).isEmpty());
        slow.stopTaking();
        for (int i = 0; i < 1000; i++) {
            int id = i;
            engine.source.commit(tx -> tx.insert(DESKS, id, 1, "desk " + id));
        }
        fast.await("the last", message -> message.isChange() && message.number("data.id") == 999);
        Eventually.await("the slow one to be told of", () -> {
            List<SessionLoad> slowest = slowest(5);
            return slowest.size() == 1
                    && "slow".equals(slowest.get(0).session().user())
                    && !slowest.get(0).behind().isZero()
                    && slowest.get(0).stalled().toMillis() >= 500
                    && slowest.get(0).waitingBytes() >= 16 * 1024;
        });
        SessionDetail detail = detail(slow);
        assertThat(place(detail).offset()).isNotEqualTo(place(detail).head());
        assertThat(place(detail).behind()).isPositive();
        slow.startTaking();
        slow.await("the last", message -> message.isChange() && message.number("data.id") == 999);
        Eventually.await("nobody to lack anything any more", () -> slowest(5).isEmpty());
    }

    private List<SessionLoad> slowest(int most) {
        return get(engine.changecast.slowestSessions(most));
    }

    @Test
    void noMoreOfTheSlowestAreNamedThanAsked() {
        engine = TestEngine.start(SMALL_QUEUE);
        for (int i = 0; i < 9; i++) {
            LoopbackClient client = engine.connect("user-" + i);
            follow(client, "desks");
            client.stopTaking();
        }
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "desk"));
        Eventually.await("all to lack something", () -> slowest(20).size() == 9);
        assertThat(slowest(4)).hasSize(4);
    }

    @Test
    void whatSomebodyMaySeeIsExplainedForEveryRelation() {
        engine = TestEngine.start(builder -> builder.route(Route.from("pg/public.desks")
                .readRoles("clerk")
                .rows("{\"floor_number\":\"{claims.floor}\"}")
                .hide("label")));
        awaitRelations();
        assertThat(engine.changecast.explain(Identity.anonymous()))
                .extracting(Explanation::collection)
                .containsExactly("desks", "events", "workstations");
        Explanation clerk = desks(new Identity("ann", Set.of("clerk"), Map.of("floor", "2")));
        assertThat(clerk.denied()).isNull();
        assertThat(clerk.rowsJson()).isEqualTo("{\"floor_number\":{\"$eq\":\"2\"}}");
        assertThat(clerk.hidden()).containsExactly("label");
        assertThat(desks(Identity.of("bob")).denied()).isNotNull();
    }

    /** A source that captures tells its relations a moment later. */
    private void awaitRelations() {
        Eventually.await(
                "the relations to be known",
                () -> engine.changecast.explain(Identity.anonymous()).size() == 3);
    }

    private Explanation desks(Identity identity) {
        return engine.changecast.explain(identity).stream()
                .filter(one -> one.collection().equals("desks"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anAuthorizerOfTheEmbeddersIsExplainedAndNotTheRoutes() {
        engine = TestEngine.start(builder -> builder.authorizer((identity, source, relation) ->
                relation.qualifiedName().equals("public.desks") ? Access.allowed() : Access.denied("not today")));
        awaitRelations();
        assertThat(engine.changecast.explain(Identity.anonymous()))
                .filteredOn(one -> one.denied() != null)
                .allSatisfy(one -> assertThat(one.denied()).isEqualTo("not today"))
                .hasSize(2);
    }
}
