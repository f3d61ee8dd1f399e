package dev.changecast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Relation;
import dev.changecast.core.Authenticator;
import dev.changecast.core.Changecast;
import dev.changecast.core.Route;
import dev.changecast.core.SourceStatus;
import dev.changecast.testing.EventsClient;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.Message;
import dev.changecast.testing.PollClient;
import dev.changecast.testing.ProtocolClient;
import dev.changecast.testing.RelationBuilder;
import dev.changecast.testing.TestClient;
import dev.changecast.transport.longpoll.LongPollTransport;
import dev.changecast.transport.sse.EventsTransport;
import dev.changecast.transport.websocket.WebSocketTransport;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One engine, three transports, all of them in one container that knows nothing of Changecast. */
@Timeout(60)
class SideBySideIT {
    private static final Relation NOTES =
            RelationBuilder.table("notes").key("id").text("text").build();
    private static final String SUBSCRIBE = "{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"notes\"}";

    @TempDir
    private Path directory;

    private final InMemorySource source = new InMemorySource(NOTES);
    private final LongPollTransport poll = new LongPollTransport("/poll", Duration.ofSeconds(1));
    private Changecast changecast;
    private WebContainer container;

    @BeforeEach
    void start() throws Exception {
        WebSocketTransport webSocket = new WebSocketTransport();
        EventsTransport events = new EventsTransport();
        changecast = Changecast.builder()
                .source("pg", source)
                .authenticator(Authenticator.anonymous())
                .route(Route.from("pg/public.notes").readEveryone())
                .transport(webSocket)
                .transport(poll)
                .transport(events)
                .build();
        changecast.start();
        Eventually.await(
                "capture to begin",
                () -> changecast.sources().get(0).state() == SourceStatus.State.STREAMING
                        && changecast.sources().get(0).delivered() != null);
        container = new WebContainer(directory, webSocket, poll, events);
    }

    @AfterEach
    void stop() throws Exception {
        changecast.close();
        container.close();
    }

    private ProtocolClient byWebSocket(String command) {
        TestClient client = TestClient.connect(container.address("/ws"));
        client.send(command);
        return client;
    }

    private ProtocolClient byPolling(String command) {
        return PollClient.connect(container.address("http", "/poll"), Map.of(), command);
    }

    private EventsClient byEvents(Map<String, String> headers) {
        return EventsClient.connect(container.address("http", "/events?collection=notes"), headers);
    }

    private void commit(int from, int to) {
        source.commit(tx -> {
            for (int id = from; id <= to; id++) {
                tx.insert(NOTES, id, "note " + id);
            }
        });
    }

    private static String since(Message lastOfTransaction) {
        return "{\"pg\":\"" + lastOfTransaction.text("offset") + "\"}";
    }

    private static List<String> texts(ProtocolClient client) {
        return client.received().changes().stream()
                .map(change -> String.valueOf(change.text("data.text")))
                .toList();
    }

    @Test
    void clientsOfAllTransportsGetTheSameMessages() {
        try (ProtocolClient first = byWebSocket(SUBSCRIBE);
                ProtocolClient second = byPolling(SUBSCRIBE);
                ProtocolClient third = byEvents(Map.of())) {
            List<ProtocolClient> all = List.of(first, second, third);
            all.forEach(client -> client.await("ready"));
            for (int tx = 0; tx < 50; tx++) {
                commit(3 * tx + 1, 3 * tx + 3);
            }
            all.forEach(client ->
                    client.await("the last", message -> message.isChange() && message.number("data.id") == 150));
            all.forEach(client -> client.await("commit"));
            List<String> expected = messages(first);
            assertThat(expected).hasSize(200);
            assertThat(messages(second)).isEqualTo(expected);
            assertThat(messages(third)).isEqualTo(expected);
        }
    }

    private static List<String> messages(ProtocolClient client) {
        return client.received().all().stream()
                .filter(message -> message.isChange() || message.is("commit"))
                .map(Message::json)
                .toList();
    }

    @Test
    void aClientThatChangesItsTransportMissesNothingAndGetsNothingTwice() {
        String since;
        try (ProtocolClient client = byWebSocket(SUBSCRIBE)) {
            client.await("ready");
            commit(1, 2);
            since = since(client.await("commit"));
        }
        commit(3, 4);
        try (ProtocolClient client = byPolling(SUBSCRIBE.replace("}", ",\"since\":" + since + "}"))) {
            client.await("ready");
            commit(5, 6);
            client.await("the last", message -> message.isChange() && message.number("data.id") == 6);
            since = since(client.await("commit"));
            assertThat(texts(client)).containsExactly("note 3", "note 4", "note 5", "note 6");
        }
        commit(7, 8);
        try (ProtocolClient client = byEvents(Map.of("Last-Event-ID", since))) {
            client.await("ready");
            commit(9, 10);
            client.await("the last", message -> message.isChange() && message.number("data.id") == 10);
            since = since(client.await("commit"));
            assertThat(texts(client)).containsExactly("note 7", "note 8", "note 9", "note 10");
            assertThat(client.received().all("snapshot")).isEmpty();
        }
        commit(11, 11);
        try (ProtocolClient client = byWebSocket(SUBSCRIBE.replace("}", ",\"since\":" + since + "}"))) {
            client.await("ready");
            assertThat(texts(client)).containsExactly("note 11");
        }
    }

    @Test
    void whoPollsASessionThatHasEndedIsToldSoAndLosesNothing() {
        HttpResponse<byte[]> opened =
                PollClient.post(container.address("http", "/poll"), Map.of(), "{\"commands\":[" + SUBSCRIBE + "]}");
        Message first = new Message(PollClient.text(opened));
        Message ready = PollClient.messages(first.json()).stream()
                .filter(message -> message.is("ready"))
                .findFirst()
                .orElseGet(() -> poll(first).stream()
                        .filter(message -> message.is("ready"))
                        .findFirst()
                        .orElseThrow());
        Eventually.await("the session to end", () -> changecast.sessions() == 0);
        commit(1, 3);
        HttpResponse<byte[]> late = PollClient.post(
                container.address("http", "/poll"), Map.of(), "{\"session\":\"" + first.text("session") + "\"}");
        assertThat(late.statusCode()).isEqualTo(410);
        assertThat(new Message(PollClient.text(late)).number("code")).isEqualTo(4015);
        String since = "{\"pg\":\"" + ready.text("offsets.pg") + "\"}";
        try (ProtocolClient again = byPolling(SUBSCRIBE.replace("}", ",\"since\":" + since + "}"))) {
            again.await("ready");
            assertThat(texts(again)).containsExactly("note 1", "note 2", "note 3");
        }
    }

    private List<Message> poll(Message answer) {
        return PollClient.messages(PollClient.text(PollClient.post(
                container.address("http", "/poll"),
                Map.of(),
                "{\"session\":\"" + answer.text("session") + "\",\"ack\":" + answer.number("seq") + "}")));
    }
}
