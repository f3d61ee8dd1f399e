package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.command.SqlOfNotify;
import dev.changecast.testing.EventsClient;
import dev.changecast.testing.Message;
import dev.changecast.testing.PollClient;
import dev.changecast.testing.ProtocolClient;
import dev.changecast.testing.TestClient;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What SQL tells people, from the database to a WebSocket. */
@ExtendWith(ServerLogs.class)
class SqlMessagesIT {
    private static final String YAML = """
            limits: { heartbeat: 1s }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, tables: [public.orders], messages: true, heartbeat: 1s }
            routes:
              - { from: pg/public.orders, read: everyone }
            """;

    @TempDir
    private Path directory;

    private TestPostgres postgres;
    private ServerProcess server;

    @BeforeEach
    void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute("CREATE TABLE orders (id int PRIMARY KEY, state text)", SqlOfNotify.text());
        server = ServerProcess.start(directory.resolve("server"), YAML.formatted(postgres.url()))
                .awaitReady();
    }

    @AfterEach
    void stop() {
        server.close();
        postgres.close();
    }

    private TestClient connect(String query) {
        TestClient client = TestClient.connect(URI.create(server.webSocket() + query));
        client.await("welcome");
        return client;
    }

    private static String notify(int number, boolean transactional) {
        return "SELECT changecast.notify('broadcast', 'notification', '{\"n\":" + number + "}', transactional => "
                + transactional + ")";
    }

    private static Message awaitNote(TestClient client, int number) {
        return client.await(
                "notification " + number,
                message -> message.is("notification") && message.number("content.n") == number);
    }

    private static List<Integer> notes(TestClient client) {
        return client.received().all("notification").stream()
                .map(message -> (int) message.number("content.n"))
                .toList();
    }

    private void transaction(boolean commit, String... statements) throws Exception {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : statements) {
                statement.execute(sql);
            }
            if (commit) {
                connection.commit();
            } else {
                connection.rollback();
            }
        }
    }

    @Test
    void aMessageComesWithItsTransactionAndOneOutsideWhateverBecomesOfIt() throws Exception {
        TestClient client = connect("");
        client.send("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"orders\"}");
        client.await("ready");
        transaction(
                true, "INSERT INTO orders VALUES (1, 'new')", notify(1, true), "INSERT INTO orders VALUES (2, 'new')");
        awaitNote(client, 1);
        client.await("the commit", message -> message.is("commit"));
        List<Message> all = client.received().all().stream()
                .filter(message -> message.isChange() || message.is("notification") || message.is("commit"))
                .toList();
        assertThat(all).hasSize(4);
        assertThat(all.subList(0, 3))
                .extracting(Message::type)
                .containsExactlyInAnyOrder("change", "change", "notification");
        assertThat(all.get(3).is("commit")).isTrue();
        assertThat(all)
                .extracting(message -> message.text("tx"))
                .containsOnly(all.get(3).text("tx"));

        transaction(false, "INSERT INTO orders VALUES (3, 'new')", notify(2, true), notify(3, false));
        transaction(true, notify(4, true));
        awaitNote(client, 4);
        assertThat(notes(client)).containsExactly(1, 3, 4);
        assertThat(client.received().changes()).hasSize(2);
        client.drop();
    }

    @Test
    void aTestFromTheDatabaseReachesScreensOfEachTransport() {
        URI http = URI.create("http://127.0.0.1:" + server.port());
        try (TestClient socket = connect("");
                PollClient poll = PollClient.connect(http.resolve("/poll"));
                EventsClient events = EventsClient.connect(http.resolve("/events?collection=orders"), Map.of())) {
            List<ProtocolClient> screens = List.of(socket, poll, events);
            poll.await("welcome");
            events.await("welcome");
            postgres.execute("SELECT changecast.notify('broadcast', 'notification', '{\"title\": \"Test\"}')");
            for (ProtocolClient screen : screens) {
                Message note = screen.await("notification");
                assertThat(note.text("content.title")).isEqualTo("Test");
                assertThat(note.text("timestamp")).isNotEmpty();
                assertThat(note.text("source")).isEqualTo("pg");
            }
            socket.drop();
        }
    }

    @Test
    void malformedOnesAreLoggedAndStopNothing() {
        TestClient client = connect("");
        postgres.execute(
                "SELECT pg_logical_emit_message(true, 'changecast.message', 'no JSON at all')",
                "SELECT changecast.notify('everybody', 'x', '1')",
                notify(1, true));
        awaitNote(client, 1);
        server.awaitLogged("A message in the log of pg is delivered to nobody: not JSON");
        client.drop();
    }

    @Test
    void whoWasAwayGetsThemByItsOffsetAlsoAfterAKill() {
        TestClient client = connect("");
        postgres.execute(notify(1, true));
        awaitNote(client, 1);
        String offset =
                client.await("the commit", message -> message.is("commit")).text("offset");
        client.drop();
        postgres.execute(notify(2, false), notify(3, true));
        server.kill();
        postgres.execute(notify(4, false), notify(5, true), notify(6, false));
        server.startAgain();
        server.awaitReady();
        TestClient back = connect("?since=" + URLEncoder.encode("{\"pg\":\"" + offset + "\"}", StandardCharsets.UTF_8));
        awaitNote(back, 6);
        postgres.execute(notify(7, true));
        awaitNote(back, 7);
        assertThat(notes(back)).containsExactly(2, 3, 4, 5, 6, 7);
        back.drop();
    }
}
