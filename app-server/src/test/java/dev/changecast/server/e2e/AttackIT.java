package dev.changecast.server.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import dev.changecast.testing.TestClient;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hostile clients, each kind for a moment and in bounded numbers. All the while rows are written one after the other, and
 * a client that keeps the rules has to get each before the next is written.
 */
@Timeout(120)
@ExtendWith(ServerLogs.class)
class AttackIT {
    private static final int PER_ADDRESS = 40;
    private static final int WAITING = 60;

    /** Rows from this on are large, and not looked at. */
    private static final int FIRST_LARGE = 1_000_000_000;

    /** How long a change may take to the honest client while others attack; the machine may be busy with other things. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** The tests are a proxy that is trusted, so that attackers can have an address of their own. */
    private static final String CONFIGURATION = """
            server: { port: %d, trusted_proxies: [127.0.0.1] }
            auth: { anonymous: true }
            history: { directory: history }
            limits:
              connections_per_address: 40
              waiting_connections: 60
              message_bytes: 16KiB
              queue_bytes: 64KiB
              commands_per_second: 20
              commands_at_once: 60
            sources:
              pg: { type: postgres, url: "%s", user: postgres, tables: [public.*], heartbeat: 500ms }
            routes:
              - { from: pg/public.*, read: everyone }
            """;

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;
    private static ServerProcess server;
    private static int written;

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Attacker> attackers = new ArrayList<>();
    private TestClient honest;
    private Thread witness;
    private int before;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute("CREATE TABLE events (id int PRIMARY KEY, filling text)");
        int port = FreePort.get();
        server = ServerProcess.startWith(
                        directory.resolve("server"),
                        port,
                        CONFIGURATION.formatted(port, postgres.url()),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dchangecast.log.level=debug",
                        "-Dchangecast.log.libraries=debug")
                .awaitReady();
    }

    @AfterAll
    static void stop() {
        server.close();
        postgres.close();
    }

    @BeforeEach
    void beginToWrite() {
        honest = TestClient.connect(server.webSocket());
        honest.send("{\"type\":\"subscribe\",\"collection\":\"events\",\"snapshot\":false}");
        honest.await("ready");
        before = written;
        witness = new Thread(this::write, "witness");
        witness.start();
    }

    private void write() {
        try {
            while (!over.get() && failure.get() == null) {
                int id = ++written;
                postgres.execute("INSERT INTO events VALUES (" + id + ", 'x')");
                var change = honest.received()
                        .await(
                                "row " + id,
                                PATIENCE,
                                message -> message.isChange() && message.number("key.id") < FIRST_LARGE);
                assertThat(change.number("data.id")).isEqualTo(id);
            }
        } catch (Throwable e) {
            failure.set(e);
        }
    }

    @AfterEach
    void theHonestClientNoticedNothing() throws Exception {
        int soFar = written;
        Eventually.await(
                "some more rows", PATIENCE.multipliedBy(2), () -> written > soFar + 3 || failure.get() != null);
        over.set(true);
        witness.join();
        attackers.forEach(Attacker::close);
        honest.close();
        assertThat(failure.get()).isNull();
        assertThat(written).isGreaterThan(before);
        assertThat(server.isAlive()).isTrue();
        assertThat(server.logged()).doesNotContain("OutOfMemory").doesNotContain(" ERROR ");
        assertThat(server.threads()).isLessThan(80);
    }

    private Attacker attacker() {
        Attacker attacker = Attacker.connect(server.port());
        attackers.add(attacker);
        return attacker;
    }

    /** One that has come in. */
    private Attacker inside() {
        AtomicReference<Attacker> in = new AtomicReference<>();
        // Places of earlier ones may not be free yet.
        Eventually.await("a place for an attacker", () -> {
            Attacker attacker = attacker().send(Attacker.handshake());
            in.set(attacker);
            return attacker.head().startsWith("HTTP/1.1 101 ");
        });
        assertThat(in.get().await("welcome")).contains("welcome");
        return in.get();
    }

    @Test
    void aPageOfAnotherSiteIsToldAndClosed() {
        Attacker page = attacker().send(Attacker.handshake("Origin: https://evil.example"));
        assertThat(page.head()).startsWith("HTTP/1.1 101 ");
        assertThat(page.message()).contains("\"code\":4003").contains("evil.example");
        assertThat(page.message()).isEqualTo("close:4403");
        Attacker poll = attacker()
                .send(
                        "POST /poll HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nContent-Length: 2\r\n\r\n{}");
        assertThat(poll.head()).startsWith("HTTP/1.1 403 ").doesNotContainIgnoringCase("Access-Control-Allow-Origin");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/ws", "/poll", "/events?collection=events", "/healthz", "/readyz", "/client.js", "/api/publish"
            })
    void aNameThatWasMadeToResolveToThisServerIsNotAnswered(String path) {
        String request = path.equals("/ws")
                ? Attacker.handshake("Origin: http://evil.example:8080").replace("localhost", "evil.example:8080")
                : "GET " + path + " HTTP/1.1\r\nHost: evil.example:8080\r\n\r\n";
        assertThat(attacker().send(request).head()).startsWith("HTTP/1.1 421 ");
    }

    @Test
    void aThousandConnectionsFromOneAddressGetTheirShareAndNobodyElses() {
        int in = 0;
        for (int i = 0; i < 1000; i++) {
            Attacker each = attacker().send(Attacker.handshake());
            String head = each.head();
            if (head.startsWith("HTTP/1.1 101 ")) {
                // Two that come at once may both pass the gate; then one of them is told behind it.
                String first = each.message();
                in += first.contains("welcome") ? 1 : 0;
                assertThat(first.contains("welcome") || first.contains("\"code\":4007"))
                        .as(first)
                        .isTrue();
            } else {
                assertThat(head).startsWith("HTTP/1.1 429 ").containsIgnoringCase("Retry-After");
                each.close();
            }
        }
        assertThat(in).isBetween(1, PER_ADDRESS);
        try (TestClient another = TestClient.connect(server.webSocket())) {
            another.await("welcome");
        }
    }

    @Test
    void handshakesThatNeverEndTakeNoPlaceFromOthers() {
        for (int i = 0; i < 400; i++) {
            attacker().send("GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
        }
        for (int i = 0; i < 5; i++) {
            try (TestClient another = TestClient.connect(server.webSocket())) {
                another.await("welcome");
            }
        }
        // The oldest were cut off, without having to be waited for.
        for (Attacker each : attackers.subList(0, 400 - WAITING - 20)) {
            assertThat(each.rest()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/poll", "/healthz", "/client.js", "/nowhere"})
    void bodiesThatNeverEndHoldNoThread(String path) {
        for (int i = 0; i < 50; i++) {
            attacker().send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{");
        }
        for (int i = 0; i < 5; i++) {
            Attacker quick = attacker().send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(quick.head()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void clientsThatNeverReadCostABoundedAmount() {
        for (int i = 0; i < 20; i++) {
            Attacker deaf = Attacker.connect(server.port(), 4096);
            attackers.add(deaf);
            deaf.send(Attacker.handshake());
            deaf.text("{\"type\":\"subscribe\",\"collection\":\"events\"}");
        }
        // 20 MB, which 20 clients do not take; the heap has 128 MB.
        for (int i = 0; i < 20; i++) {
            postgres.execute("INSERT INTO events SELECT " + (FIRST_LARGE + i * 1000)
                    + " + n, repeat('y', 1000) FROM generate_series(1, 1000) n");
            postgres.execute("DELETE FROM events WHERE id >= " + FIRST_LARGE);
        }
    }

    @Test
    void whatIsNotAllowedInTheProtocolEndsTheConnectionWithItsCode() {
        assertEnds(new byte[] {(byte) 0x81, 2, '{', '}'}, 1002);
        assertEnds(Attacker.frame(0xF1, new byte[3]), 1002);
        assertEnds(Attacker.frame(0x83, new byte[0]), 1002);
        assertEnds(Attacker.frame(0x8B, new byte[0]), 1002);
        assertEnds(Attacker.frame(0x80, new byte[1]), 1002);
        assertEnds(Attacker.frame(0x09, new byte[1]), 1002);
        assertEnds(Attacker.frame(0x89, new byte[126]), 1002);
        assertEnds(Attacker.frame(0x81, new byte[] {(byte) 0xC3, '('}), 1007);
        assertEnds(Attacker.frame(0x81, new byte[17 * 1024]), 1009);
        assertEnds(new byte[] {(byte) 0x81, (byte) 0xFF, 0x7F, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0}, 1009);
    }

    private void assertEnds(byte[] frame, int code) {
        Attacker attacker = inside().send(frame);
        assertThat(attacker.await("no message at all")).isEqualTo("close:" + code);
        attacker.close();
    }

    @Test
    void jsonThatIsDeepBrokenOrHugeIsAnsweredAndNoMore() {
        Attacker attacker = inside();
        for (String text : List.of(
                "[".repeat(16_000),
                "{\"a\":".repeat(3000),
                "{\"type\":\"subscribe\",\"collection\":\"events\",\"filter\":" + "{\"$not\":".repeat(1500) + "{}"
                        + "}".repeat(1500) + "}",
                "{\"type\":\"ping\",\"id\":" + "9".repeat(16_000) + "}",
                "{\"type\":\"" + "\\u0000".repeat(2000) + "\"}")) {
            attacker.text(text);
            assertThat(attacker.await("\"error\""))
                    .contains("\"type\":\"error\"")
                    .hasSizeLessThan(2500);
        }
        // Nobody works this number out.
        attacker.text("{\"type\":\"ping\",\"id\":1e999999999}");
        assertThat(attacker.await("pong")).contains("999999999").hasSizeLessThan(200);
        for (int i = 0; i < 10; i++) {
            attacker.text("nonsense");
        }
        assertThat(attacker.await("no message at all")).isEqualTo("close:4400");
    }

    @Test
    void aFilterOfAThousandBranchesIsRefused() {
        StringBuilder branches = new StringBuilder("{\"id\":-1}");
        for (int i = 0; i < 999; i++) {
            branches.append(",{\"id\":").append(i).append('}');
        }
        Attacker attacker = inside();
        for (int i = 0; i < 20; i++) {
            attacker.text("{\"type\":\"subscribe\",\"collection\":\"events\",\"filter\":{\"$or\":[" + branches + "]}}");
            assertThat(attacker.await("\"error\"")).contains("\"code\":4005").contains("100");
        }
        attacker.text("{\"type\":\"ping\"}");
        assertThat(attacker.await("pong")).contains("pong");
    }

    @Test
    void aMessageThatUnpacksToTooMuchIsNotUnpacked() {
        for (int i = 0; i < 10; i++) {
            Attacker bomber = attacker().send(Attacker.handshake("Sec-WebSocket-Extensions: permessage-deflate"));
            assertThat(bomber.head()).containsIgnoringCase("permessage-deflate");
            bomber.send(Attacker.frame(0xC1, deflated(10_000_000)));
            assertThat(bomber.await("no message at all")).isEqualTo("close:1009");
            bomber.close();
        }
    }

    private static byte[] deflated(int size) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(new byte[size]);
        byte[] out = new byte[64 * 1024];
        int length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
        deflater.end();
        return java.util.Arrays.copyOf(out, Math.min(length, 16_000));
    }

    @Test
    void aFloodOfCommandsIsRefusedAndThenEnded() {
        Attacker flood = inside();
        for (int i = 0; i < 1000; i++) {
            flood.text("{\"type\":\"ping\",\"id\":" + i + "}");
        }
        assertThat(flood.await("rate_limited")).contains("\"code\":4008");
        assertThat(flood.await("no message at all")).isIn("close:4429", "cut");
    }

    @Test
    void headersAndLogsCannotBeWrittenByAClient() {
        String injected = "FORGED LINE";
        List<String> requests = List.of(
                Attacker.handshake("Origin: http://a\r\n " + injected),
                Attacker.handshake("Origin: http://a\r" + injected),
                Attacker.handshake("Origin: http://a\n" + injected + ": x"),
                Attacker.handshake("Origin: http://a\u001b[31m" + injected),
                Attacker.handshake("Origin: http://a\u0085" + injected),
                "GET /ws?x=%0d%0a" + injected.replace(' ', '+') + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /nowhere%0d%0a" + injected.replace(' ', '+') + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /healthz\r" + injected + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /events?collection=%0d%0aX-Injected:%201 HTTP/1.1\r\nHost: localhost\r\n"
                        + "Origin: http://localhost\r\n X-Injected: 1\r\n\r\n",
                "OPTIONS /poll HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\tX-Injected: 1\r\n\r\n");
        for (String request : requests) {
            String head = attacker().send(request).head();
            assertThat(head.lines())
                    .as(request)
                    .noneMatch(line -> line.startsWith("X-Injected") || line.startsWith(injected));
        }
        Attacker closing = inside();
        ByteArrayOutputStream reason = new ByteArrayOutputStream();
        reason.writeBytes(new byte[] {0x03, (byte) 0xE8});
        reason.writeBytes(("\r\n12:00:00.000 ERROR " + injected).getBytes(UTF_8));
        closing.send(Attacker.frame(0x88, reason.toByteArray()));
        assertThat(closing.await("no message at all")).isEqualTo("close:1000");
        assertThat(server.logged().lines())
                .noneMatch(line -> line.startsWith(injected) || line.contains("ERROR " + injected));
        assertThat(server.logged()).doesNotContain("\u001b");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void noiseChangesNothing(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            byte[] noise = new byte[1 + random.nextInt(400)];
            random.nextBytes(noise);
            try (Attacker attacker = Attacker.connect(server.port())) {
                switch (i % 4) {
                    case 0 -> attacker.send(noise);
                    case 1 -> attacker.send("GET /ws HTTP/1.1\r\n").send(noise).send("\r\n\r\n");
                    case 2 -> attacker.send(Attacker.handshake()).send(noise);
                    default ->
                        attacker.send("POST /poll HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
                                .send(noise);
                }
            }
        }
    }
}
