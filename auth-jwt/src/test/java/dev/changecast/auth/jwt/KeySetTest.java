package dev.changecast.auth.jwt;

import static dev.changecast.auth.jwt.Tokens.accepted;
import static dev.changecast.auth.jwt.Tokens.ofAda;
import static dev.changecast.auth.jwt.Tokens.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.net.httpserver.HttpServer;
import dev.changecast.api.source.CheckResult;
import dev.changecast.core.Authentication;
import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keys that an identity provider publishes, and changes. */
class KeySetTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration NONE = Duration.ZERO;

    private final AtomicInteger asked = new AtomicInteger();
    private volatile String answer = "";
    private volatile int status = 200;
    private HttpServer provider;

    @BeforeEach
    void start() throws IOException {
        provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        provider.createContext("/jwks", exchange -> {
            asked.incrementAndGet();
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1:1/elsewhere");
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        provider.start();
    }

    @AfterEach
    void stop() {
        provider.stop(0);
    }

    private URI uri() {
        return URI.create("http://127.0.0.1:" + provider.getAddress().getPort() + "/jwks");
    }

    private JwtAuthenticator authenticator(Duration cache, Duration pause) {
        return JwtAuthenticator.builder()
                .keySet(uri())
                .keySetTimes(cache, pause)
                .build();
    }

    private static String set(String... keys) {
        return "{\"keys\":[" + String.join(",", keys) + "]}";
    }

    private static String key(String id, KeyPair pair) {
        try {
            JsonWebKey key = JsonWebKey.Factory.newJwk(pair.getPublic());
            key.setKeyId(id);
            return key.toJson();
        } catch (JoseException e) {
            throw new AssertionError(e);
        }
    }

    private static String token(String keyId, KeyPair pair) {
        return ofAda(TokenSigner.privateKey(pair.getPrivate()).keyId(keyId)).sign();
    }

    @Test
    void anOperatorLearnsWhyKeysCannotBeHad() {
        answer = "[]";
        assertThat(authenticator(LONG, NONE).check().problems())
                .singleElement()
                .asString()
                .startsWith("the keys for tokens cannot be fetched from " + uri() + ": its answer is no key set");
        status = 404;
        assertThat(authenticator(LONG, NONE).check().problems())
                .singleElement()
                .asString()
                .contains(uri() + ": it answers 404; nobody with a token gets in");
        status = 200;
        answer = "{\"keys\":[]}";
        assertThat(authenticator(LONG, NONE).check().problems())
                .containsExactly("the keys for tokens cannot be fetched from " + uri()
                        + ": it has no key that tokens can be verified with: RSA of 2048 bits at least, P-256 or"
                        + " Ed25519, for signatures; nobody with a token gets in before they can");
        answer = set(key("one", Keys.rsa()));
        assertThat(authenticator(LONG, NONE).check()).isEqualTo(CheckResult.OK);
    }

    @Test
    void anOperatorLearnsThatClocksDiffer() throws IOException {
        String body = set(key("one", Keys.rsa()));
        // By hand: the provider above tells the time by itself.
        try (ServerSocket late = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread provider = new Thread(() -> {
                try (Socket client = late.accept()) {
                    byte[] request = new byte[4096];
                    assertThat(client.getInputStream().read(request)).isPositive();
                    client.getOutputStream()
                            .write(("HTTP/1.1 200 OK\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nConnection: close\r\n"
                                            + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                                    .getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            provider.start();
            CheckResult result = JwtAuthenticator.builder()
                    .keySet(URI.create("http://127.0.0.1:" + late.getLocalPort() + "/jwks"))
                    .build()
                    .check();
            assertThat(result.ok()).isTrue();
            assertThat(result.warnings())
                    .singleElement()
                    .asString()
                    .startsWith("the clock of 127.0.0.1 and this machine's differ by ");
        }
    }

    @Test
    void keysOfAllKindsAreTakenAndOthersPassedOver() {
        KeyPair rsa = Keys.rsa();
        KeyPair ec = Keys.ec("secp256r1");
        KeyPair ed = Keys.ed25519();
        answer = set(
                "{\"kty\":\"oct\",\"kid\":\"secret\",\"k\":\"" + "A".repeat(86) + "\"}",
                "{\"kty\":\"later\",\"kid\":\"unknown\"}",
                key("weak", Keys.rsa(1024)),
                key("r", rsa),
                key("e", ec),
                key("d", ed));
        JwtAuthenticator authenticator = authenticator(LONG, LONG);
        accepted(authenticator, token("r", rsa));
        accepted(authenticator, token("e", ec));
        accepted(authenticator, token("d", ed));
        accepted(authenticator, ofAda(TokenSigner.privateKey(ec.getPrivate())).sign());
        assertThat(refused(authenticator, token("e", Keys.ec("secp256r1")))).contains("signature");
        // A secret in a key set is no key for tokens.
        assertThat(refused(
                        authenticator,
                        ofAda(TokenSigner.secret("\0".repeat(64)).keyId("secret"))
                                .sign()))
                .contains("does not take");
        assertThat(asked).hasValue(1);
    }

    @Test
    void aKeyThatIsNotKnownIsFetchedOnce() {
        KeyPair old = Keys.ed25519();
        KeyPair now = Keys.ed25519();
        answer = set(key("1", old));
        JwtAuthenticator authenticator = authenticator(LONG, NONE);
        accepted(authenticator, token("1", old));
        answer = set(key("1", old), key("2", now));
        accepted(authenticator, token("2", now));
        accepted(authenticator, token("1", old));
        assertThat(asked).hasValue(2);
        answer = set(key("2", now));
        assertThat(refused(authenticator, token("3", now))).contains("a key that this server does not know");
        assertThat(refused(authenticator, token("1", old))).contains("a key that this server does not know");
    }

    @Test
    void tokensCannotMakeTheServerAskAgainAndAgain() {
        KeyPair pair = Keys.ed25519();
        answer = set(key("1", pair));
        JwtAuthenticator authenticator = authenticator(LONG, LONG);
        for (int i = 0; i < 50; i++) {
            refused(authenticator, token("other-" + i, pair));
        }
        accepted(authenticator, token("1", pair));
        assertThat(asked).hasValue(1);
    }

    @Test
    void whileTheProviderIsAwayTheKnownKeysStayGood() {
        KeyPair pair = Keys.ed25519();
        answer = set(key("1", pair));
        JwtAuthenticator authenticator = authenticator(NONE, NONE);
        accepted(authenticator, token("1", pair));
        for (String broken : new String[] {"", "not json", set(), "x".repeat(2 * 1024 * 1024)}) {
            answer = broken;
            int before = asked.get();
            Eventually.await("two more fetches, so that one came whole", () -> {
                accepted(authenticator, token("1", pair));
                return asked.get() > before + 1;
            });
            accepted(authenticator, token("1", pair));
        }
        status = 302;
        accepted(authenticator, token("1", pair));
        provider.stop(0);
        accepted(authenticator, token("1", pair));
        assertThat(refused(authenticator, token("2", pair))).contains("does not know");
    }

    @Test
    void oldKeysAreFetchedAgainInTheBackground() {
        KeyPair pair = Keys.ed25519();
        answer = set(key("1", pair));
        JwtAuthenticator authenticator = authenticator(Duration.ofNanos(1), NONE);
        accepted(authenticator, token("1", pair));
        answer = set(key("2", pair));
        Eventually.await(
                "the key to be gone", () -> authenticator.examine(token("1", pair)) instanceof Authentication.Refused);
        accepted(authenticator, token("2", pair));
    }

    @Test
    void aProviderThatWasNeverReachedIsNoReasonToRefuseForGood() {
        status = 500;
        JwtAuthenticator authenticator = authenticator(LONG, NONE);
        KeyPair pair = Keys.ed25519();
        Authentication found = authenticator.examine(token("1", pair));
        assertThat(found).isInstanceOf(Authentication.Unavailable.class);
        status = 200;
        answer = set(key("1", pair));
        Eventually.await("the keys", () -> authenticator.examine(token("1", pair)) instanceof Authentication.Accepted);
    }

    @Test
    void keysThatArePreparedAreThereForTheFirstToken() {
        KeyPair pair = Keys.ed25519();
        answer = set(key("1", pair));
        JwtAuthenticator authenticator = authenticator(LONG, LONG);
        authenticator.prepare();
        Eventually.await("the fetch", () -> asked.get() == 1);
        accepted(authenticator, token("1", pair));
        assertThat(asked).hasValue(1);
    }

    @Test
    void aKeySetIsFetchedEncryptedOnly() {
        for (String wrong : Arrays.asList(
                "http://id.example/jwks",
                "ftp://id.example/jwks",
                "file:///etc/passwd",
                "https:///x",
                "jwks",
                "https://user:secret@id.example/jwks")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            JwtAuthenticator.builder().keySet(URI.create(wrong)).build())
                    .withMessageContaining("key set");
        }
        JwtAuthenticator.builder().keySet(URI.create("https://id.example/jwks")).build();
    }
}
