package dev.changecast.core;

import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Refusal;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Sessions that say who they are by tokens. */
class TokensTest {
    private final FakeTokens tokens = new FakeTokens()
            .with("ada", "ada")
            .with("ada-admin", "ada", "admin")
            .with("grace", "grace");

    private TestEngine engine() {
        return TestEngine.start(builder -> builder.authenticator(tokens));
    }

    /** DESKS are for admins. */
    private TestEngine engineWithAdmins() {
        return TestEngine.start(builder -> builder.authenticator(tokens)
                .route(Route.from("pg/public.desks").readRoles("admin")));
    }

    private static String authenticate(String token) {
        return json("{'type':'authenticate','id':1,'token':'" + token + "'}");
    }

    private static LoopbackClient with(TestEngine engine, String token) {
        return engine.opened(
                engine.client().header("Authorization", "Bearer " + token).connect());
    }

    @Test
    void aTokenComesWithTheHandshakeOrAsTheFirstMessage() {
        try (TestEngine engine = engine()) {
            assertThat(with(engine, "ada").await("welcome").text("user.id")).isEqualTo("ada");
            assertThat(engine.opened(engine.client().parameter("token", "ada").connect())
                            .await("welcome")
                            .text("user.id"))
                    .isEqualTo("ada");
            LoopbackClient client = engine.connect();
            client.send(authenticate("ada-admin"));
            Message welcome = client.await("welcome");
            assertThat(welcome.get("user")).hasToString("{id=ada, roles=[admin]}");
            assertThat(welcome.number("id")).isEqualTo(1);
            assertThat(welcome.text("expires_at")).isNull();
        }
    }

    @Test
    void aHandshakeWithAWrongTokenIsRefused() {
        try (TestEngine engine = engine()) {
            assertThat(engine.changecast
                            .gateway()
                            .admit(engine.client().parameter("token", "wrong").handshake()))
                    .contains(new Refusal(401, "this is no token that anybody knows"));
            LoopbackClient browser = engine.client()
                    .parameter("token", "wrong")
                    .header("Origin", "https://app.example.com")
                    .connect();
            assertThat(browser.await("error").text("message")).isEqualTo("this is no token that anybody knows");
            assertThat(browser.awaitCloseCode()).isEqualTo(4401);
        }
    }

    @Test
    void whoCanSendNothingAfterwardsHasToShowATokenAtOnce() {
        try (TestEngine engine = engine()) {
            assertThat(engine.changecast.gateway().admit(engine.client().handshake()))
                    .isEmpty();
            assertThat(engine.changecast.gateway().admitListener(engine.client().handshake()))
                    .map(Refusal::status)
                    .contains(401);
            assertThat(engine.changecast
                            .gateway()
                            .admitListener(
                                    engine.client().parameter("token", "ada").handshake()))
                    .isEmpty();
        }
    }

    @Test
    void aWrongFirstTokenEndsTheConnection() {
        try (TestEngine engine = engine()) {
            LoopbackClient client = engine.connect();
            client.send(authenticate("wrong"));
            Message error = client.await("error");
            assertThat(error.number("code")).isEqualTo(4003);
            assertThat(error.text("context")).isEqualTo("authenticate");
            assertThat(client.awaitCloseCode()).isEqualTo(4401);
            assertThat(client.received().all("welcome")).isEmpty();
        }
    }

    @Test
    void connectionsWithoutATokenKeepNobodyOut() {
        Limits limits = new Limits(4, 1000, 4, 3, 4096, 65536, 100, 60_000, Set.of()).unauthenticated(5);
        try (TestEngine engine = TestEngine.start(
                builder -> builder.authenticator(tokens).limits(limits).timeToAuthenticate(Duration.ofMinutes(1)))) {
            List<LoopbackClient> silent = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                silent.add(engine.connect());
            }
            for (LoopbackClient client : silent.subList(0, 45)) {
                assertThat(client.awaitCloseCode()).isEqualTo(4501);
                assertThat(client.received().awaitClose().reason())
                        .isEqualTo("no token came yet, and 5 newer connections wait to show one, too");
            }
            // With the handshake, and as a message among those that show none.
            with(engine, "ada").await("welcome");
            LoopbackClient late = engine.connect();
            late.send(authenticate("grace"));
            assertThat(late.await("welcome").text("user.id")).isEqualTo("grace");
            with(engine, "ada").await("welcome");
            with(engine, "ada").await("welcome");
            assertThat(silent.subList(46, 50))
                    .allMatch(client -> client.received().close() == null);
            // There is no place for a fifth who is known, whichever way it comes.
            LoopbackClient fifth = silent.get(49);
            fifth.send(authenticate("grace"));
            assertThat(fifth.await("error").text("message")).isEqualTo("the server has its 4 connections");
            assertThat(fifth.awaitCloseCode()).isEqualTo(4429);
            assertThat(engine.changecast.gateway().admit(engine.client().handshake()))
                    .map(Refusal::status)
                    .contains(429);
        }
    }

    @Test
    void whoDoesNotAuthenticateInTimeIsSentAway() {
        try (TestEngine engine =
                TestEngine.start(builder -> builder.authenticator(tokens).timeToAuthenticate(Duration.ofMillis(50)))) {
            LoopbackClient silent = engine.connect();
            silent.send(json("{'type':'ping'}"));
            assertThat(silent.awaitCloseCode()).isEqualTo(4408);
            assertThat(silent.received().all("pong")).isEmpty();
            LoopbackClient known = with(engine, "ada");
            known.await("welcome");
            Eventually.await("the silent one to be gone", () -> engine.changecast.sessions() == 1);
            assertThat(known.received().close()).isNull();
        }
    }

    @Test
    void nothingIsSentToWhomIsNotKnownYet() {
        try (TestEngine engine = TestEngine.start(builder -> builder.authenticator(tokens)
                .limits(new Limits(10, 10, 10, 10, 4096, 65536, 100, 300, Set.of()))
                .timeToAuthenticate(Duration.ofSeconds(1)))) {
            LoopbackClient client = engine.connect();
            engine.changecast.publish(dev.changecast.core.Message.to(Address.broadcast(), "broadcast", "{}"));
            // Longer than several heartbeats.
            assertThat(client.awaitCloseCode()).isEqualTo(4408);
            assertThat(client.received().all()).isEmpty();
        }
    }

    @Test
    void commandsWaitForTheTokenAndAreThenDoneInTheirOrder() {
        try (TestEngine engine = engine()) {
            LoopbackClient client = engine.connect();
            for (int i = 0; i < 31; i++) {
                client.send(json("{'type':'ping','id':" + i + "}"));
            }
            client.send(json("{'type':'subscribe','id':'s','collection':'desks','snapshot':false}"));
            client.send(authenticate("ada"));
            client.await("ready");
            assertThat(client.received().all().get(0).is("welcome")).isTrue();
            assertThat(client.received().all("pong")).hasSize(31);
            assertThat(client.received().all("pong").get(30).number("id")).isEqualTo(30);
        }
    }

    @Test
    void onlySoManyCommandsWaitAndOnlySoLargeOnes() {
        try (TestEngine engine = engine()) {
            LoopbackClient many = engine.connect();
            for (int i = 0; i < 33; i++) {
                many.send(json("{'type':'ping'}"));
            }
            assertThat(many.awaitCloseCode()).isEqualTo(4429);
            LoopbackClient large = engine.connect();
            String blanks = " ".repeat(engine.changecast.gateway().maxMessageBytes() / 2);
            large.send(json("{'type':'ping'}") + blanks);
            large.send(json("{'type':'ping'}") + blanks);
            assertThat(large.awaitCloseCode()).isEqualTo(4429);
        }
    }

    @Test
    void aTokenThatExpiresEndsTheSession() {
        Instant soon = Instant.now().plusMillis(600);
        tokens.with("short", Identity.of("ada"), soon);
        try (TestEngine engine = engine()) {
            LoopbackClient client = with(engine, "short");
            assertThat(Instant.parse(client.await("welcome").text("expires_at")))
                    .isBetween(soon.minusMillis(1), soon);
            assertThat(client.awaitCloseCode()).isEqualTo(4401);
            assertThat(Instant.now()).isAfterOrEqualTo(soon);
        }
    }

    @Test
    void anotherTokenOfTheUserRenewsTheSession() {
        try (TestEngine engine = engine()) {
            tokens.with("first", Identity.of("ada"), Instant.now().plusSeconds(2));
            Instant later = Instant.now().plusSeconds(3600);
            tokens.with("second", Identity.of("ada"), later);
            LoopbackClient client = with(engine, "first");
            String channel = follow(client, "workstations");
            client.send(authenticate("second"));
            Eventually.await(
                    "the second welcome", () -> client.received().all("welcome").size() == 2);
            Message welcome = client.received().all("welcome").get(1);
            assertThat(welcome.text("expires_at")).startsWith(later.toString().substring(0, 19));
            assertThat(welcome.text("session"))
                    .isEqualTo(client.received().all("welcome").get(0).text("session"));
            // The clock goes past the first one's end, and nothing happens.
            Eventually.await(
                    "the first to have expired",
                    () -> Instant.now()
                            .isAfter(Instant.parse(client.received()
                                            .all("welcome")
                                            .get(0)
                                            .text("expires_at"))
                                    .plusMillis(600)));
            engine.source.commit(tx -> tx.insert(TestEngine.WORKSTATIONS, 1, 1, "free"));
            assertThat(client.await("change").text("channel")).isEqualTo(channel);
            assertThat(client.received().all("reset")).isEmpty();
            assertThat(client.received().close()).isNull();
        }
    }

    @Test
    void aRenewalWithAWrongTokenOrThatOfSomebodyElseEndsTheSession() {
        try (TestEngine engine = engine()) {
            for (String token : List.of("wrong", "grace")) {
                LoopbackClient client = with(engine, "ada");
                client.await("welcome");
                client.send(authenticate(token));
                assertThat(client.await("error").number("code")).isEqualTo(4003);
                assertThat(client.awaitCloseCode()).isEqualTo(4401);
                assertThat(client.received().all("welcome")).hasSize(1);
            }
        }
    }

    @Test
    void aRenewalThatCannotBeLookedAtNowCanBeTriedAgain() {
        tokens.with("later", Authentication.unavailable("the keys are away"));
        try (TestEngine engine = engine()) {
            LoopbackClient client = with(engine, "ada");
            client.await("welcome");
            client.send(authenticate("later"));
            Message error = client.await("error");
            assertThat(error.number("code")).isEqualTo(4009);
            assertThat(error.text("retry")).isEqualTo("true");
            client.send(authenticate("ada-admin"));
            Eventually.await(
                    "the welcome", () -> client.received().all("welcome").size() == 2);
            assertThat(engine.changecast
                            .gateway()
                            .admit(engine.client().parameter("token", "later").handshake()))
                    .contains(new Refusal(503, "the keys are away"));
        }
    }

    @Test
    void aRenewalWithFewerRolesTakesAwayWhatTheyAllowed() {
        try (TestEngine engine = engineWithAdmins()) {
            LoopbackClient client = with(engine, "ada-admin");
            String desks = follow(client, "desks");
            String workstations = follow(client, "workstations");
            client.send(authenticate("ada"));
            Message reset = client.await("reset");
            assertThat(reset.text("channel")).isEqualTo(desks);
            assertThat(reset.text("reason")).isEqualTo("access_changed");
            assertThat(client.await("error").number("code")).isEqualTo(4002);
            engine.source.commit(
                    tx -> tx.insert(TestEngine.DESKS, 1, 1, "secret").insert(TestEngine.WORKSTATIONS, 1, 1, "free"));
            assertThat(client.await("change").text("channel")).isEqualTo(workstations);
            assertThat(client.received().all("change")).hasSize(1);
            client.send(authenticate("ada-admin"));
            follow(client, "desks");
        }
    }

    @Test
    void theInboxFollowsTheRoles() {
        try (TestEngine engine = engine()) {
            LoopbackClient client = with(engine, "ada");
            client.await("welcome");
            publish(engine, Address.role("admin"), "before");
            // What is durable may still be on its way: when this has come, the one before it has been passed.
            publish(engine, Address.user("ada"), "first");
            assertThat(client.await("notification").text("id")).isEqualTo("first");
            client.send(authenticate("ada-admin"));
            Eventually.await(
                    "the welcome", () -> client.received().all("welcome").size() == 2);
            publish(engine, Address.role("admin"), "while");
            assertThat(client.await("notification").text("id")).isEqualTo("while");
            client.send(authenticate("ada"));
            Eventually.await(
                    "the welcome", () -> client.received().all("welcome").size() == 3);
            publish(engine, Address.role("admin"), "after");
            publish(engine, Address.user("ada"), "last");
            Eventually.await(
                    "the last", () -> client.received().all("notification").size() == 3);
            assertThat(client.received().all("notification"))
                    .extracting(message -> message.text("id"))
                    .containsExactly("first", "while", "last");
        }
    }

    private static void publish(TestEngine engine, Address to, String id) {
        engine.changecast
                .publish(
                        dev.changecast.core.Message.to(to, "notification", "{}").id(id))
                .toCompletableFuture()
                .join();
    }

    @Test
    void theInboxGoesOnWhereTheFirstTokenSays() {
        try (TestEngine engine = engine()) {
            LoopbackClient first = with(engine, "ada");
            String offset = first.await("welcome").text("sources.live.offset");
            first.drop();
            publish(engine, Address.user("ada"), "missed");
            LoopbackClient second = engine.connect();
            second.send(json("{'type':'authenticate','token':'ada','since':{'live':'" + offset + "'}}"));
            assertThat(second.await("welcome").text("sources.live.offset")).isEqualTo(offset);
            assertThat(second.await("notification").text("id")).isEqualTo("missed");
        }
    }

    @Test
    void whoShowsNoTokenIsAnonymousWhereThatIsAllowedAndMayBecomeSomebody() {
        try (TestEngine engine =
                TestEngine.start(builder -> builder.authenticator(tokens.orElse(Authenticator.anonymous()))
                        .route(Route.from("pg/public.desks").readRoles("admin")))) {
            LoopbackClient client = engine.connect();
            assertThat(client.await("welcome").text("user.id")).isNull();
            String offset = client.received().all("welcome").get(0).text("sources.live.offset");
            publish(engine, Address.user("ada"), "early");
            client.send(json("{'type':'authenticate','token':'ada-admin','since':{'live':'" + offset + "'}}"));
            assertThat(client.await("notification").text("id")).isEqualTo("early");
            follow(client, "desks");
            LoopbackClient wrong = engine.client().parameter("token", "wrong").connect();
            assertThat(wrong.awaitCloseCode()).isEqualTo(4401);
        }
    }

    @Test
    void anAuthenticatorOfHandshakesTakesNoTokens() {
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient client = engine.connect("ada");
            client.await("welcome");
            client.send(authenticate("ada"));
            assertThat(client.await("error").number("code")).isEqualTo(4011);
            client.send(json("{'type':'ping'}"));
            client.await("pong");
        }
    }

    @Test
    void theConnectionsOfAUserAreLimitedHoweverTheUserBecameKnown() {
        try (TestEngine engine = TestEngine.start(builder ->
                builder.authenticator(tokens).limits(new Limits(10, 10, 2, 10, 4096, 65536, 100, 60_000, Set.of())))) {
            LoopbackClient first = with(engine, "ada");
            first.await("welcome");
            LoopbackClient second = engine.connect();
            second.send(authenticate("ada"));
            second.await("welcome");
            LoopbackClient third = engine.connect();
            third.send(authenticate("ada"));
            assertThat(third.await("error").number("code")).isEqualTo(4007);
            assertThat(third.awaitCloseCode()).isEqualTo(4429);
            second.drop();
            Eventually.await("the second to be gone", () -> engine.changecast.sessions() == 1);
            LoopbackClient fourth = engine.connect();
            fourth.send(authenticate("ada"));
            fourth.await("welcome");
        }
    }

    @Test
    void operatorsSeeWhoIsConnected() {
        try (TestEngine engine = engine()) {
            String session = with(engine, "ada-admin").await("welcome").text("session");
            engine.connect();
            Eventually.await("both", () -> engine.changecast.openSessions().size() == 2);
            OpenSession first = engine.changecast.openSessions().get(0);
            assertThat(first.session()).isEqualTo(session);
            assertThat(first.user()).isEqualTo("ada");
            assertThat(first.roles()).containsExactly("admin");
            assertThat(first.transport()).isEqualTo("loopback");
            assertThat(first.address()).isEqualTo("127.0.0.1");
            assertThat(engine.changecast.openSessions().get(1).identified()).isFalse();
        }
    }

    @Test
    void nothingThatIsPrintedHoldsAToken() {
        try (TestEngine engine = engine()) {
            assertThat(engine.client()
                            .parameter("token", "very-secret")
                            .header("Authorization", "Bearer very-secret")
                            .handshake()
                            .toString())
                    .doesNotContain("very-secret");
            LoopbackClient client = engine.connect();
            client.send(json("{'type':'authenticate','token':{'token':'very-secret'}}"));
            assertThat(client.await("error").json()).doesNotContain("very-secret");
        }
    }
}
