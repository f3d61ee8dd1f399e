package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Message;
import dev.changecast.testing.TestClient;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A server that OpenTelemetry's Java agent was put into, and one that lacks it. */
@ExtendWith(ServerLogs.class)
class TracingIT {
    private static final String KEY = "tracing-key-of-the-test-0123456789";

    @TempDir
    private Path directory;

    private ServerProcess serve(String... options) {
        int port = FreePort.get();
        String configuration = """
                server: {port: %d, tracing: true}
                auth: {anonymous: true, api_keys: [%s]}
                """.formatted(port, KEY);
        return ServerProcess.startWith(directory, port, configuration, options);
    }

    private static Path agent() {
        return Stream.of(ServerProcess.classPath().split(File.pathSeparator))
                .map(Path::of)
                .filter(path -> path.getFileName().toString().startsWith("opentelemetry-javaagent"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theAgentIsGivenATraceFromPublishingToTheWrite() throws Exception {
        try (ServerProcess server = serve(
                "-javaagent:" + agent(),
                "-Dotel.traces.exporter=logging",
                "-Dotel.metrics.exporter=none",
                "-Dotel.logs.exporter=none",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1")) {
            server.awaitReady();
            TestClient client = TestClient.connect(server.webSocket());
            client.await("welcome");
            publish(server.port());
            Message message = client.await("news");
            client.drop();

            assertThat(message.text("content.text")).isEqualTo("traced");
            server.awaitLogged("changecast.deliver");
            server.awaitLogged("changecast.source=live");
            assertThat(server.logged())
                    .contains("changecast.capture", "changecast.send")
                    .doesNotContain("nothing takes the traces");
        }
    }

    @Test
    void withoutTheAgentTheServerSaysWhatIsMissing() {
        try (ServerProcess server = serve()) {
            server.awaitLogged("server.tracing is on, but nothing takes the traces");
        }
    }

    private static void publish(int port) throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/publish"))
                                .header("Authorization", "Bearer " + KEY)
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(
                                        "{\"to\":\"broadcast\",\"type\":\"news\",\"content\":{\"text\":\"traced\"}}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
    }
}
