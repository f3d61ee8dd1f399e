package dev.changecast.core;

import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Refusal;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tokens that are void before they expire, and sessions that are ended. */
class RevocationsTest {
    private final FakeTokens tokens =
            new FakeTokens().with("one", "ada").with("two", "ada").with("grace", "grace");

    private static LoopbackClient with(TestEngine engine, String token) {
        LoopbackClient client =
                engine.opened(engine.client().parameter("token", token).connect());
        client.await("welcome");
        return client;
    }

    private static Optional<Integer> status(TestEngine engine, String token) {
        return engine.changecast
                .gateway()
                .admit(engine.client().parameter("token", token).handshake())
                .map(Refusal::status);
    }

    @Test
    void aRevokedTokenEndsItsSessionsAndOpensNone() {
        try (TestEngine engine = TestEngine.start(builder -> builder.authenticator(tokens))) {
            LoopbackClient revoked = with(engine, "one");
            LoopbackClient other = with(engine, "two");
            assertThat(engine.changecast.revoke(Revocation.ofToken("one"))).isEqualTo(1);
            assertThat(revoked.awaitCloseCode()).isEqualTo(4401);
            assertThat(status(engine, "one")).contains(401);
            LoopbackClient again = engine.connect();
            again.send(json("{'type':'authenticate','token':'one'}"));
            assertThat(again.await("error").text("message")).isEqualTo("the token was revoked");
            assertThat(again.awaitCloseCode()).isEqualTo(4401);
            other.send(json("{'type':'authenticate','token':'one'}"));
            assertThat(other.awaitCloseCode()).isEqualTo(4401);
            with(engine, "two");
        }
    }

    @Test
    void allTokensOfAUserAreVoidButThoseMadeLater() {
        try (TestEngine engine = TestEngine.start(builder -> builder.authenticator(tokens))) {
            LoopbackClient first = with(engine, "one");
            LoopbackClient second = with(engine, "two");
            LoopbackClient grace = with(engine, "grace");
            assertThat(engine.changecast.revoke(Revocation.ofUser("ada"))).isEqualTo(2);
            assertThat(first.awaitCloseCode()).isEqualTo(4401);
            assertThat(second.awaitCloseCode()).isEqualTo(4401);
            assertThat(status(engine, "one")).contains(401);
            tokens.with(
                    "new",
                    Authentication.accepted(
                            Identity.of("ada"),
                            new Authentication.Token(null, Instant.now().plusSeconds(1), null)));
            tokens.with(
                    "undated", Authentication.accepted(Identity.of("ada"), new Authentication.Token("u", null, null)));
            with(engine, "new");
            assertThat(status(engine, "undated")).contains(401);
            assertThat(grace.received().close()).isNull();
        }
    }

    @Test
    void whatWaitsForASessionIsNotSentAfterItsTokenWasRevoked() {
        try (TestEngine engine = TestEngine.start(builder -> builder.authenticator(tokens))) {
            LoopbackClient slow = with(engine, "one");
            Eventually.await("the welcome to be through", () -> !slow.isHolding());
            slow.stopTaking();
            for (int i = 0; i < 50; i++) {
                slow.send(json("{'type':'ping','id':" + i + "}"));
            }
            Eventually.await("a write that is held", slow::isHolding);
            slow.send(json("{'type':'ping','id':99}"));
            engine.changecast.revoke(Revocation.ofToken("one"));
            int answered = slow.received().all("pong").size();
            slow.startTaking();
            assertThat(slow.awaitCloseCode()).isEqualTo(4401);
            assertThat(slow.received().all("pong"))
                    .extracting(message -> message.number("id"))
                    .doesNotContain(99L);
            assertThat(slow.received().all("pong").size()).isGreaterThanOrEqualTo(answered);
        }
    }

    @Test
    void aSessionWithoutATokenIsEndedAndItsAuthenticatorDecidesAnew() {
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient client = engine.connect("ada");
            client.await("welcome");
            engine.changecast.revoke(Revocation.ofUser("ada"));
            assertThat(client.awaitCloseCode()).isEqualTo(4401);
            engine.connect("ada").await("welcome");
        }
    }

    @Test
    void sessionsAreDisconnectedByUserOrByName() {
        try (TestEngine engine = TestEngine.start(builder -> builder.authenticator(tokens))) {
            LoopbackClient first = with(engine, "one");
            LoopbackClient second = with(engine, "two");
            LoopbackClient grace =
                    engine.opened(engine.client().parameter("token", "grace").connect());
            String name = grace.await("welcome").text("session");
            assertThat(engine.changecast.disconnectUser("ada")).isEqualTo(2);
            assertThat(first.awaitCloseCode()).isEqualTo(4500);
            assertThat(second.awaitCloseCode()).isEqualTo(4500);
            assertThat(engine.changecast.disconnectSession("unknown")).isFalse();
            assertThat(engine.changecast.disconnectSession(name)).isTrue();
            assertThat(grace.awaitCloseCode()).isEqualTo(4500);
            assertThat(engine.changecast.disconnectUser("nobody")).isZero();
            with(engine, "one");
        }
    }

    @Test
    void aSessionThatOpensWhileItsTokenIsRevokedDoesNotSurvive() {
        try (TestEngine engine = TestEngine.start(builder -> builder.authenticator(tokens))) {
            for (int round = 0; round < 200; round++) {
                String token = "round-" + round;
                tokens.with(token, new Identity("user-" + round, Set.of(), Map.of()), null);
                Thread revoker = new Thread(() -> engine.changecast.revoke(Revocation.ofToken(token)), "revoker");
                revoker.start();
                LoopbackClient client =
                        engine.client().parameter("token", token).connect();
                assertThat(client.awaitCloseCode()).isEqualTo(4401);
            }
        }
    }
}
