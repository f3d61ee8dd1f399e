package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients and operators get wrong: each is told what would be right, and nobody else notices. */
@ExtendWith(ServerLogs.class)
class BadInputIT {
    private static final int WRONG_CONFIGURATION = 3;
    private static final int CANNOT_START = 5;
    private static final Duration END = Duration.ofSeconds(40);

    private static final String YAML = """
            history: { directory: %s }
            limits: { heartbeat: 3s, message_bytes: 4KiB }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, tables: [public.*], heartbeat: 500ms }
            routes:
              - { from: pg/public.*, read: everyone, hide: [secret] }
            """;

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;
    private static ServerProcess server;
    private static int written;

    private RecordingClient bystander;
    private Mirror seen;
    private RecordingClient client;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute("CREATE TABLE events (id int PRIMARY KEY, part int, secret text)");
        server = ServerProcess.start(directory.resolve("server"), YAML.formatted("history", postgres.url()))
                .awaitReady();
    }

    @AfterAll
    static void stop() {
        server.close();
        postgres.close();
    }

    @BeforeEach
    void connect() {
        bystander = RecordingClient.connect(server.webSocket());
        seen = bystander.subscribe("{\"collection\":\"events\"}");
        bystander.awaitReady();
        client = RecordingClient.connect(server.webSocket()).expectErrors();
    }

    @AfterEach
    void nobodyElseNoticed() {
        assertServes(bystander, seen);
        bystander.close();
        client.close();
    }

    private static void assertServes(RecordingClient who, Mirror mirror) {
        postgres.execute("INSERT INTO events VALUES (" + ++written + ", 1, 'x')");
        String key = written + "/";
        who.await("a change", () -> mirror.rows().containsKey(key));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"type":"subscribe",                                                     | 4000 | not
                    []                                                                       | 4000 | object
                    {"id":"1"}                                                               | 4000 | "type"
                    {"type":"subscrbe"}                                                      | 4001 | subscribe
                    {"type":"subscribe"}                                                     | 4000 | "collection"
                    {"type":"subscribe","collection":"evnts"}                                | 4002 | evnts
                    {"type":"subscribe","collection":"events","filter":{"prt":1}}            | 4004 | prt
                    {"type":"subscribe","collection":"events","filter":{"secret":"x"}}       | 4004 | secret
                    {"type":"subscribe","collection":"events","columns":["secret"]}          | 4004 | secret
                    {"type":"subscribe","collection":"events","filter":{"id":{"$near":1}}}   | 4005 | $near
                    {"type":"subscribe","collection":"events","filter":{"id":"one"}}         | 4005 | id
                    {"type":"subscribe","collection":"events","since":{"pg":"nonsense"}}     | 4012 | nonsense
                    {"type":"subscribe","collection":"events","since":"x"}                   | 4012 | since
                    {"type":"subscribe","collection":"events","colour":"red"}                | 4000 | colour
                    {"type":"unsubscribe","channel":"nowhere"}                               | 4006 | channel
                    """)
    void aWrongCommandIsAnsweredWithItsErrorAndTheSessionGoesOn(String command, int code, String says) {
        client.send(command);

        assertThat(client.awaitError(code)).contains(says).doesNotContain("dev.changecast");
        Mirror mirror = client.subscribe("{\"collection\":\"events\"}");
        client.awaitReady();
        assertServes(client, mirror);
    }

    @Test
    void aBinaryFrameIsABadMessage() {
        client.sendBinary(new byte[] {1, 2, 3});

        assertThat(client.awaitError(4000)).contains("text");
        assertThat(client.isConnected()).isTrue();
    }

    @Test
    void aMessageOverTheLimitClosesTheConnection() {
        client.send("{\"type\":\"ping\",\"x\":\"" + "x".repeat(8 * 1024) + "\"}");

        assertThat(client.awaitClose()).isEqualTo(1009);
    }

    @Test
    void whoSendsOnlyNonsenseIsSentAway() {
        for (int i = 0; i < 10; i++) {
            client.send("nonsense");
        }

        assertThat(client.awaitClose()).isEqualTo(4400);
    }

    @Test
    void anUnknownKeyInTheConfigurationEndsTheStartWithTheNearestKnownOne() {
        try (ServerProcess wrong = ServerProcess.start(
                directory.resolve("unknown-key"),
                YAML.formatted("history", postgres.url()).replace("heartbeat: 500ms", "hartbeat: 500ms"))) {
            assertThat(wrong.awaitExit(END)).isEqualTo(WRONG_CONFIGURATION);
            assertThat(wrong.logged())
                    .contains("hartbeat")
                    .contains("'heartbeat'")
                    .contains("changecast.yaml:");
        }
    }

    @Test
    void aPortInUseEndsTheStart() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                ServerProcess second = ServerProcess.start(
                        directory.resolve("port"), taken.getLocalPort(), YAML.formatted("history", postgres.url()))) {
            assertThat(second.awaitExit(END)).isEqualTo(CANNOT_START);
            assertThat(second.logged()).contains("the port is in use").contains(Integer.toString(taken.getLocalPort()));
        }
    }

    @Test
    void aHistoryDirectoryThatIsAFileEndsTheStart() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        try (ServerProcess wrong =
                ServerProcess.start(directory.resolve("not-a-directory"), YAML.formatted(file, postgres.url()))) {
            assertThat(wrong.awaitExit(END)).isEqualTo(CANNOT_START);
            assertThat(wrong.logged()).contains(file + " is not a directory");
        }
    }

    @Test
    void aHistoryDirectoryThatCannotBeMadeEndsTheStart() {
        // Not even root can make one there.
        try (ServerProcess wrong = ServerProcess.start(
                directory.resolve("not-writable"), YAML.formatted("/proc/history", postgres.url()))) {
            assertThat(wrong.awaitExit(END)).isEqualTo(CANNOT_START);
            assertThat(wrong.logged()).contains("/proc/history").doesNotContain("\tat ");
        }
    }

    @Test
    void aHistoryDirectoryOfARunningServerEndsTheStart() {
        try (ServerProcess second = ServerProcess.start(
                directory.resolve("second"), YAML.formatted(directory.resolve("server/history"), postgres.url()))) {
            assertThat(second.awaitExit(END)).isEqualTo(CANNOT_START);
            assertThat(second.logged()).contains("in use by another engine").contains("history.directory");
        }
    }
}
