package dev.changecast.core;

import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.Refusal;
import dev.changecast.api.transport.SessionGateway;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who may connect, and what a session may ask for. */
class AdmissionTest {
    private static Limits connections(int all, int perAddress, int perUser) {
        return new Limits(
                all,
                perAddress,
                perUser,
                3,
                512 * 1024,
                1024 * 1024,
                100_000,
                60_000,
                Set.of("https://app.example.com"));
    }

    private static void assertRefused(TestEngine engine, LoopbackClient.Builder described, int status, int closeCode) {
        Handshake handshake = described.handshake();
        boolean browser = handshake.header("Origin").isPresent();
        Optional<Refusal> refusal = engine.changecast.gateway().admit(handshake);
        if (browser) {
            // It could not read an HTTP status.
            assertThat(refusal).isEmpty();
        } else {
            assertThat(refusal).map(Refusal::status).contains(status);
        }
        LoopbackClient client = described.connect();
        Message error = client.await("error");
        assertThat(error.text("context")).isEqualTo("connect");
        assertThat(client.awaitCloseCode()).isEqualTo(closeCode);
        assertThat(client.received().all("welcome")).isEmpty();
    }

    @Test
    void theConnectionsOfAUserAreLimitedAndThoseOfAnonymousSessionsAreNot() {
        try (TestEngine engine = TestEngine.start(connections(10, 10, 2))) {
            LoopbackClient first = engine.connect("ada");
            engine.connect("ada").await("welcome");
            first.await("welcome");
            assertThat(engine.changecast.sessions()).isEqualTo(2);
            LoopbackClient third = engine.client().header("User", "ada").connect();
            assertThat(third.await("error").number("code")).isEqualTo(4007);
            assertThat(third.awaitCloseCode()).isEqualTo(4429);
            engine.connect("grace").await("welcome");
            for (int i = 0; i < 3; i++) {
                engine.connect().await("welcome");
            }
            first.drop();
            Eventually.await("the first to be gone", () -> engine.changecast.sessions() == 5);
            engine.connect("ada").await("welcome");
        }
    }

    @Test
    void theConnectionsOfAnAddressAndOfAllAreLimited() {
        try (TestEngine engine = TestEngine.start(connections(3, 2, 10))) {
            engine.opened(engine.client().address("10.0.0.1").connect()).await("welcome");
            LoopbackClient second =
                    engine.opened(engine.client().address("10.0.0.1").connect());
            second.await("welcome");
            assertRefused(engine, engine.client().address("10.0.0.1"), 429, 4429);
            engine.opened(engine.client().address("10.0.0.2").connect()).await("welcome");
            assertRefused(engine, engine.client().address("10.0.0.3"), 429, 4429);
            second.close();
            Eventually.await("a place to be free", () -> engine.changecast.sessions() == 2);
            engine.opened(engine.client().address("10.0.0.3").connect()).await("welcome");
        }
    }

    @Test
    void everyPlaceIsFreeAgainWhenItsConnectionIsGoneHoweverItEnded() {
        try (TestEngine engine = TestEngine.start(connections(4, 4, 4))) {
            for (int round = 0; round < 10; round++) {
                List<LoopbackClient> clients = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    clients.add(engine.connect("ada"));
                }
                follow(clients.get(0), "desks");
                for (int i = 0; i < 10; i++) {
                    clients.get(1).send("no command");
                }
                assertThat(clients.get(1).awaitCloseCode()).isEqualTo(4400);
                clients.get(2).drop();
                clients.get(3).close();
                clients.get(0).drop();
                Eventually.await("all to be gone", () -> engine.changecast.sessions() == 0);
            }
        }
    }

    @Test
    void whoIsNotKnownIsRefused() {
        try (TestEngine engine = TestEngine.start()) {
            assertRefused(engine, engine.client().header("Refuse", "yes"), 401, 4401);
            assertRefused(
                    engine,
                    engine.client().header("Refuse", "yes").header("Origin", "https://app.example.com"),
                    401,
                    4401);
        }
    }

    @Test
    void anEngineWithoutAnAuthenticatorLetsNobodyIn() {
        Changecast changecast = Changecast.builder().build();
        changecast.start();
        LoopbackClient client = LoopbackClient.connect(changecast.gateway());
        assertThat(client.awaitCloseCode()).isEqualTo(4401);
        changecast.close();
    }

    @Test
    void anAuthenticatorThatFailsRefusesAndDoesNotLeakWhy() {
        try (TestEngine engine = TestEngine.start(builder -> builder.authenticator(handshake -> {
            throw new IllegalStateException("secret of the key store");
        }))) {
            assertThat(engine.changecast.gateway().admit(engine.client().handshake()))
                    .map(Refusal::status)
                    .contains(503);
            LoopbackClient client = engine.client().connect();
            assertThat(client.await("error").json()).doesNotContain("secret");
            assertThat(client.awaitCloseCode()).isEqualTo(4501);
            assertThat(engine.changecast.sessions()).isZero();
        }
    }

    @Test
    void pagesOfOtherOriginsAreToldThatTheyMayNotConnect() {
        try (TestEngine engine = TestEngine.start()) {
            assertRefused(engine, engine.client().header("Origin", "https://evil.example.com"), 403, 4403);
            assertRefused(engine, engine.client().header("Origin", "null"), 403, 4403);
            assertRefused(
                    engine,
                    engine.client()
                            .header("Origin", "https://app.example.com.evil.example")
                            .header("Host", "app.example.com"),
                    403,
                    4403);
            engine.opened(engine.client()
                            .header("origin", "https://app.example.com")
                            .connect())
                    .await("welcome");
            engine.opened(engine.client()
                            .header("Origin", "http://localhost:8080")
                            .header("host", "localhost:8080")
                            .connect())
                    .await("welcome");
        }
    }

    @Test
    void credentialsOfBrowsersAreForPagesThatAreTrustedByNameAndNeverForAllThereAre() {
        try (TestEngine named = TestEngine.start();
                TestEngine all = TestEngine.start(
                        new Limits(10, 10, 10, 3, 4096, 65536, 100, 60_000, Set.of("*", "https://app.example.com")))) {
            for (TestEngine engine : List.of(named, all)) {
                SessionGateway gateway = engine.changecast.gateway();
                assertThat(gateway.allowsCredentials(from(engine, "https://app.example.com")))
                        .isTrue();
                assertThat(gateway.allowsCredentials(from(engine, "https://other.example.com")))
                        .isFalse();
                assertThat(gateway.allowsCredentials(from(engine, "null"))).isFalse();
                assertThat(gateway.allowsCredentials(engine.client().handshake()))
                        .isFalse();
            }
            assertThat(named.changecast.gateway().allowsOrigin(from(named, "https://other.example.com")))
                    .isFalse();
            assertThat(all.changecast.gateway().allowsOrigin(from(all, "https://other.example.com")))
                    .isTrue();
        }
    }

    private static Handshake from(TestEngine engine, String origin) {
        return engine.client().header("Origin", origin).handshake();
    }

    @Test
    void nobodyIsLetInBeforeTheEngineStartsAndAfterItHasEnded() {
        Changecast changecast =
                Changecast.builder().authenticator(Authenticator.anonymous()).build();
        LoopbackClient early = LoopbackClient.connect(changecast.gateway());
        assertThat(early.awaitCloseCode()).isEqualTo(4501);
        changecast.start();
        LoopbackClient client = LoopbackClient.connect(changecast.gateway());
        client.await("welcome");
        client.drop();
        changecast.close();
        changecast.close();
        LoopbackClient late = LoopbackClient.connect(changecast.gateway());
        assertThat(late.awaitCloseCode()).isEqualTo(4501);
        assertThat(changecast
                        .gateway()
                        .admit(LoopbackClient.to(changecast.gateway()).handshake()))
                .map(Refusal::status)
                .contains(503);
    }

    @Test
    void theWelcomeSaysWhoTheSessionIsAndHowTheSourcesAre() {
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient client = engine.opened(engine.client()
                    .header("User", "ada")
                    .header("Role", "admin")
                    .connect());
            Message welcome = client.await("welcome");
            assertThat(welcome.names())
                    .containsExactly("type", "session", "user", "heartbeat_ms", "expires_at", "sources", "server_time");
            assertThat(welcome.get("user")).hasToString("{id=ada, roles=[admin]}");
            assertThat(welcome.number("heartbeat_ms")).isEqualTo(60_000);
            assertThat(welcome.text("sources.pg.state")).isEqualTo("streaming");
            assertThat(welcome.text("sources.pg.offset")).endsWith(".5-0");
            assertThat(welcome.text("server_time")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
            Message anonymous = engine.connect().await("welcome");
            assertThat(anonymous.get("user")).hasToString("{id=null, roles=[]}");
            assertThat(anonymous.text("session")).isNotEqualTo(welcome.text("session"));
        }
    }

    @Test
    void aSessionHasALimitedNumberOfSubscriptions() {
        try (TestEngine engine = TestEngine.start(connections(10, 10, 10))) {
            LoopbackClient client = engine.connect();
            String first = follow(client, "desks", "{'id':1}");
            follow(client, "desks", "{'id':2}");
            follow(client, "desks", "{'id':3}");
            client.send(json("{'type':'subscribe','id':'x','collection':'desks','snapshot':false,'filter':{'id':4}}"));
            Message error = client.await("error");
            assertThat(error.number("code")).isEqualTo(4007);
            assertThat(error.text("message")).contains("3");
            follow(client, "desks", "{'id':2}");
            client.send(json("{'type':'unsubscribe','channel':'" + first + "'}"));
            client.await("unsubscribed");
            follow(client, "desks", "{'id':4}");
        }
    }

    @Test
    void tooManyCommandsThatWaitEndTheSession() {
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient client = engine.connect();
            client.await("welcome");
            int sent = 0;
            while (client.received().close() == null && sent < 200_000) {
                client.send("{\"type\":\"ping\"}");
                sent++;
            }
            // A server that is fast enough never has so many waiting; then it has answered each.
            int all = sent;
            Eventually.await(
                    "all answers or the end",
                    () -> client.received().close() != null
                            || client.received().all("pong").size() == all);
            if (client.received().close() != null) {
                assertThat(client.awaitCloseCode()).isEqualTo(4429);
            }
        }
    }
}
