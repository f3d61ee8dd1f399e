package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.changecast.testing.EventsClient;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.Message;
import dev.changecast.testing.PollClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Long polling and server-sent events over the real server, before and after it was killed. */
@ExtendWith(ServerLogs.class)
class OtherTransportsIT {
    private static final Path CURL = Path.of("/usr/bin/curl");

    @TempDir
    private Path directory;

    private TestPostgres postgres;
    private ServerProcess server;

    @BeforeEach
    void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute("CREATE TABLE notes (id int PRIMARY KEY, text text)", "INSERT INTO notes VALUES (1, 'one')");
        server = ServerProcess.start(directory.resolve("server"), postgres.shownToEverybody())
                .awaitReady();
    }

    @AfterEach
    void stop() {
        server.close();
        postgres.close();
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    private void kill() {
        server.kill();
        postgres.execute("INSERT INTO notes VALUES (3, 'while it was dead')");
        server.startAgain();
        server.awaitReady();
    }

    @Test
    void aPollingClientHasItsSnapshotAndGoesOnAfterAKill() {
        String first;
        try (PollClient client = PollClient.connect(
                at("/poll"), Map.of(), "{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"notes\"}")) {
            assertThat(client.await("snapshot").list("rows")).hasSize(1);
            client.await("ready");
            postgres.execute("INSERT INTO notes VALUES (2, 'two')");
            Message change = client.awaitChange();
            assertThat(change.text("data.text")).isEqualTo("two");
            first = change.text("offset");
            kill();
            assertThat(client.awaitCloseCode()).isEqualTo(1006);
        }
        try (PollClient again = PollClient.connect(
                at("/poll"),
                Map.of(),
                "{\"type\":\"subscribe\",\"collection\":\"notes\",\"since\":{\"pg\":\"" + first + "\"}}")) {
            assertThat(again.awaitChange().text("data.text")).isEqualTo("while it was dead");
            // Before the change or after: the server may have captured it later than it was ready.
            Eventually.await("ready", () -> !again.received().all("ready").isEmpty());
            assertThat(again.received().all("reset")).isEmpty();
            assertThat(again.received().changes()).hasSize(1);
        }
    }

    @Test
    void oneRequestOpensAndSubscribesAndThoseAfterItOnlyWait() {
        Message answer = poll("{\"commands\":[{\"type\":\"subscribe\",\"collection\":\"notes\"}]}");
        List<Message> messages = new ArrayList<>(PollClient.messages(answer.json()));
        assertThat(messages.get(0).type()).isEqualTo("welcome");
        // How many there are in the first answer is a matter of milliseconds.
        while (messages.stream().noneMatch(message -> message.is("ready"))) {
            answer = poll("{\"session\":\"" + answer.text("session") + "\",\"ack\":" + answer.number("seq") + "}");
            messages.addAll(PollClient.messages(answer.json()));
        }
        assertThat(messages.stream().map(Message::type))
                .containsSubsequence("welcome", "subscribed", "snapshot", "ready");
    }

    private Message poll(String body) {
        return new Message(PollClient.text(PollClient.post(at("/poll"), Map.of(), body)));
    }

    @Test
    void anEventSourceGoesOnByItsLastEventIdAfterAKill() {
        String last;
        String other = "/events?collection=notes&filter=%7B%22id%22%3A%7B%22%24gt%22%3A0%7D%7D";
        try (EventsClient client = EventsClient.connect(at(other), Map.of())) {
            assertThat(client.await("snapshot").list("rows")).hasSize(1);
            client.await("ready");
            postgres.execute("INSERT INTO notes VALUES (2, 'two')");
            Message change = client.awaitChange();
            assertThat(change.text("data.text")).isEqualTo("two");
            Eventually.await("the id", () -> client.lastEventId().contains(String.valueOf(change.text("offset"))));
            last = client.lastEventId();
            assertThat(client.retry()).isNotNull();
            kill();
            assertThat(client.awaitCloseCode()).isEqualTo(1006);
        }
        try (EventsClient again = EventsClient.connect(at(other), Map.of("Last-Event-ID", last))) {
            assertThat(again.awaitChange().text("data.text")).isEqualTo("while it was dead");
            // Before the change or after: the server may have captured it later than it was ready.
            Eventually.await("ready", () -> !again.received().all("ready").isEmpty());
            assertThat(again.received().all("reset")).isEmpty();
            assertThat(again.received().all("snapshot")).isEmpty();
            assertThat(again.received().changes()).hasSize(1);
        }
    }

    @Test
    void curlListensAndGoesOnByTheLastId() throws Exception {
        assumeTrue(Files.isExecutable(CURL), "there is no curl at " + CURL);
        String last;
        try (Curl curl = new Curl(at("/events?collection=notes"))) {
            curl.awaitLine("data: {\"type\":\"ready\"");
            postgres.execute("INSERT INTO notes VALUES (2, 'two')");
            curl.awaitLine("\"two\"");
            last = curl.lastId();
            assertThat(last).startsWith("{\"pg\":");
            kill();
        }
        try (Curl again = new Curl(at("/events?collection=notes"), "-H", "Last-Event-ID: " + last)) {
            again.awaitLine("while it was dead");
            again.awaitLine("data: {\"type\":\"ready\"");
            assertThat(again.lines()).noneMatch(line -> line.contains("\"snapshot\"") || line.contains("\"reset\""));
            assertThat(again.lines()).noneMatch(line -> line.contains("\"two\""));
        }
    }

    private static final class Curl implements AutoCloseable {
        private final Process process;
        private final List<String> lines = new CopyOnWriteArrayList<>();

        Curl(URI uri, String... options) throws IOException {
            List<String> command = new ArrayList<>(List.of(CURL.toString(), "-N", "-s", "--max-time", "60"));
            command.addAll(List.of(options));
            command.add(uri.toString());
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Thread reader = new Thread(() -> process.inputReader().lines().forEach(lines::add), "curl");
            reader.setDaemon(true);
            reader.start();
        }

        void awaitLine(String part) {
            Eventually.await("a line with " + part, () -> lines.stream().anyMatch(line -> line.contains(part)));
        }

        /** What {@code EventSource} would send back. */
        String lastId() {
            return lines.stream()
                    .filter(line -> line.startsWith("id: "))
                    .reduce((first, second) -> second)
                    .orElseThrow()
                    .substring(4);
        }

        List<String> lines() {
            return lines;
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
