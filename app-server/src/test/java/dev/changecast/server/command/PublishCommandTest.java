package dev.changecast.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code changecast publish}, against a server that answers what a test wants. */
class PublishCommandTest {
    private static final String KEY = "k-0123456789-0123456789";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private HttpServer server;
    private String url;
    private volatile int status = 200;
    private volatile String answer = "{\"offset\":\"e.1-3\"}";
    private volatile String body = "";
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final Deque<String> answers = new ConcurrentLinkedDeque<>();
    private String input = "";
    private Charset encoding = StandardCharsets.UTF_8;
    private volatile String authorization = "";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/publish", exchange -> {
            body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            authorization = exchange.getRequestHeaders().getFirst("Authorization");
            bodies.add(body);
            String next = answers.poll();
            byte[] bytes = (next == null ? answer : next).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        url = "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private int run(Map<String, String> environment, String... arguments) {
        Terminal terminal = new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false, false);
        InputStream in = new ByteArrayInputStream(input.getBytes(encoding));
        return new CommandLine(new PublishCommand(terminal, environment, in))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private int run(String... arguments) {
        return run(Map.of(ServerOptions.KEY_VARIABLE, KEY), arguments);
    }

    @Test
    void aMessageIsPublishedAndItsOffsetPrinted() {
        int code = run(
                "--url", url, "--to", "user:42", "--to", "role:admin", "--type", "note", "--id", "1", "{\"n\":1.50}");
        assertThat(code).isZero();
        assertThat(out).hasToString("e.1-3\n");
        assertThat(body)
                .isEqualTo(
                        "{\"to\":[\"user:42\",\"role:admin\"],\"type\":\"note\",\"content\":{\"n\":1.50},\"id\":\"1\"}");
        assertThat(authorization).isEqualTo("Bearer " + KEY);
    }

    @Test
    void howMuchItMattersAndHowLongItWaitsCanBeSaid() {
        assertThat(run("--url", url, "--to", "user:42", "--priority", "high", "--ttl", "30m", "{}"))
                .isZero();
        assertThat(body).endsWith("\"content\":{},\"priority\":\"high\",\"ttl_s\":1800}");
        assertThat(run("--url", url, "--to", "user:42", "--priority", "urgent", "{}"))
                .isEqualTo(2);
        for (String wrong : List.of("90", "1500ms", "soon", "-5s")) {
            assertThat(run("--url", url, "--to", "user:42", "--ttl=" + wrong, "{}"))
                    .as(wrong)
                    .isEqualTo(2);
        }
        assertThat(err.toString())
                .contains("--priority is high, normal or low, not urgent")
                .contains("--ttl is a number of whole seconds with a unit, such as 90s, 30m, 24h or 7d, not 1500ms");
        assertThat(bodies).hasSize(1);
    }

    @Test
    void whatIsNotKeptAndWhatWasPublishedBeforeIsSaid() {
        answer = "{\"offset\":null}";
        assertThat(run("--url", url, "--to", "broadcast", "--ephemeral", "{}")).isZero();
        assertThat(body).contains("\"ephemeral\":true").contains("\"type\":\"notification\"");
        answer = "{\"offset\":\"e.1-3\",\"repeated\":true}";
        assertThat(run("--url", url, "--to", "broadcast", "{}")).isZero();
        assertThat(out).hasToString("published\ne.1-3  (was published before)\n");
    }

    @Test
    void theKeyMayStandInAFile() throws IOException {
        Path file = Files.writeString(directory.resolve("key"), "of-a-file-0123456789\n");
        assertThat(run(Map.of(), "--url", url, "--key-file", file.toString(), "--to", "broadcast", "{}"))
                .isZero();
        assertThat(authorization).isEqualTo("Bearer of-a-file-0123456789");
    }

    @Test
    void aRefusalIsToldInTheServersWords() {
        status = 401;
        answer = "{\"type\":\"error\",\"message\":\"this is none of the server's API keys\"}";
        assertThat(run("--url", url, "--to", "broadcast", "{}")).isEqualTo(6);
        assertThat(err).hasToString("changecast: refused with 401: this is none of the server's API keys\n");
    }

    @Test
    void anotherServerIsToldAsSuch() {
        status = 404;
        answer = "<html>";
        assertThat(run("--url", url, "--to", "broadcast", "{}")).isEqualTo(6);
        assertThat(err.toString()).contains("answers 404; is that a Changecast server?");
    }

    @Test
    void nobodyThereIsTold() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        assertThat(run("--url", "http://127.0.0.1:" + free, "--to", "broadcast", "{}"))
                .isEqualTo(7);
        assertThat(err.toString())
                .contains("no answer from http://127.0.0.1:" + free)
                .contains("--url");
    }

    @Test
    void aServerWithoutRoomEndsInAnotherCodeThanARefusal() {
        answer = "{\"type\":\"error\",\"message\":\"too much waits\"}";
        for (int each : new int[] {429, 500, 503}) {
            status = each;
            assertThat(run("--url", url, "--to", "broadcast", "{}")).isEqualTo(7);
        }
        assertThat(err.toString()).contains("refused with 503: too much waits");
    }

    @Test
    void theContentMayComeFromStandardInput() {
        input = "{\"title\":\"Grüße\"}\n";
        assertThat(run("--url", url, "--to", "broadcast", "-")).isZero();
        assertThat(body).contains("\"content\":{\"title\":\"Grüße\"}");
        input = "no JSON";
        assertThat(run("--url", url, "--to", "broadcast", "-")).isEqualTo(2);
        input = "{\"title\":\"Grüße\"}";
        encoding = StandardCharsets.ISO_8859_1;
        assertThat(run("--url", url, "--to", "broadcast", "-")).isEqualTo(2);
        assertThat(run("--url", url, "--lines")).isEqualTo(2);
        assertThat(err.toString()).contains("as text in UTF-8:", "as text in UTF-8, after line 0:");
        assertThat(bodies).hasSize(1);
    }

    @Test
    void messagesInLinesGoTogetherAndEachOffsetIsPrinted() {
        input = "{\"to\":\"user:1\",\"type\":\"x\",\"content\":1.50}\n\n  {\"to\":\"broadcast\"}\n{}";
        answer = "{\"offset\":\"e.2-3\",\"offsets\":[\"e.1-3\",null,\"e.2-3\"],\"repeated\":[2]}";
        assertThat(run("--url", url, "--lines")).isZero();
        assertThat(bodies)
                .containsExactly("[{\"to\":\"user:1\",\"type\":\"x\",\"content\":1.50},  {\"to\":\"broadcast\"},{}]");
        assertThat(out).hasToString("e.1-3\npublished\ne.2-3  (was published before)\n");
    }

    @Test
    void manyLinesGoInSeveralRequests() {
        input = "{\"content\":\"x\"}\n".repeat(1100);
        answers.add(offsets(500));
        answers.add(offsets(500));
        answers.add(offsets(100));
        assertThat(run("--url", url, "--lines")).isZero();
        assertThat(bodies).hasSize(3);
        assertThat(out.toString().lines()).hasSize(1100).allMatch("e.1-3"::equals);
        input = ("{\"content\":\"" + "x".repeat(15_000) + "\"}\n").repeat(2);
        answer = offsets(1);
        assertThat(run("--url", url, "--lines")).isZero();
        assertThat(bodies).hasSize(5);
        input = "\n";
        assertThat(run("--url", url, "--lines")).isZero();
        assertThat(bodies).hasSize(5);
    }

    private static String offsets(int count) {
        return "{\"offset\":\"e.1-3\",\"offsets\":[" + String.join(",", Collections.nCopies(count, "\"e.1-3\"")) + "]}";
    }

    @Test
    void aBadLineIsNamedWhoeverFindsIt() {
        input = "{}\n[]\n";
        assertThat(run("--url", url, "--lines")).isEqualTo(2);
        assertThat(bodies).isEmpty();
        assertThat(err.toString()).contains("line 2 is no JSON object");

        status = 400;
        answer = "{\"message\":\"1 problems\",\"errors\":[{\"index\":1,\"message\":\"'all' is no address\"}]}";
        input = "{}\n\n{\"to\":\"all\"}\n";
        assertThat(run("--url", url, "--lines")).isEqualTo(6);
        assertThat(err.toString())
                .contains("refused with 400: 1 problems", "line 3: 'all' is no address", "lines 1 to 3");
    }

    @Test
    void linesSayEverythingThemselves() {
        for (String option :
                List.of("--to=broadcast", "--type=x", "--id=a", "--priority=low", "--ttl=1h", "--ephemeral", "{}")) {
            assertThat(run("--url", url, "--lines", option)).as(option).isEqualTo(2);
        }
        assertThat(err.toString()).contains("--to does not go with --lines");
        assertThat(run("--url", url, "--to", "broadcast")).isEqualTo(2);
        assertThat(err.toString()).contains("there is no content");
        assertThat(bodies).isEmpty();
    }

    @Test
    void wrongUsageIsToldBeforeAnythingIsSent() throws IOException {
        Path blank = Files.writeString(directory.resolve("blank"), "two words of a key");
        assertThat(run(Map.of(), "--to", "broadcast", "{}")).isEqualTo(2);
        assertThat(run("--to", "broadcast", "{")).isEqualTo(2);
        assertThat(run("--url", "ws://127.0.0.1", "--to", "broadcast", "{}")).isEqualTo(2);
        assertThat(run("{}")).isEqualTo(2);
        assertThat(run("--key-file", blank.toString(), "--to", "broadcast", "{}"))
                .isEqualTo(2);
        assertThat(run("--key-file", directory.resolve("none").toString(), "--to", "broadcast", "{}"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("there is no API key: set $CHANGECAST_API_KEY")
                .contains("the content is JSON")
                .contains("--url is the address of a server")
                .contains("--to")
                .contains("no key holds")
                .contains("does not exist")
                .doesNotContain("two words")
                .doesNotContain(KEY);
        assertThat(body).isEmpty();
    }
}
