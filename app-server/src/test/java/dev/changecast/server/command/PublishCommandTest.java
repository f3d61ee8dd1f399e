package dev.changecast.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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
    private volatile String authorization = "";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/publish", exchange -> {
            body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            authorization = exchange.getRequestHeaders().getFirst("Authorization");
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
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
        return new CommandLine(new PublishCommand(terminal, environment))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private int run(String... arguments) {
        return run(Map.of(PublishCommand.KEY_VARIABLE, KEY), arguments);
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
                .isEqualTo(6);
        assertThat(err.toString())
                .contains("no answer from http://127.0.0.1:" + free)
                .contains("--url");
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
