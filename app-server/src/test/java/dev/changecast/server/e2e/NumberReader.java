package dev.changecast.server.e2e;

import dev.changecast.testing.Eventually;
import dev.changecast.testing.Message;
import dev.changecast.testing.TestClient;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One client of several sources: the numbers that came of each, as they came. It must never be reset, refused or closed. */
final class NumberReader implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(60);

    private final TestClient client;
    private final Map<String, List<Long>> numbers = new HashMap<>();
    private int looked;

    NumberReader(URI webSocket) {
        client = TestClient.connect(webSocket);
        client.await("welcome");
    }

    /** Subscribes to the collection that has its source's name, without the rows that are there. */
    void subscribe(String source) {
        client.send("{\"type\":\"subscribe\",\"collection\":\"" + source + "\",\"snapshot\":false}");
        Message answer = client.received()
                .await("ready: " + source, WITHIN, message -> message.is("ready") || message.is("error"));
        if (answer.is("error")) {
            throw new AssertionError("unexpected: " + answer);
        }
    }

    /** What came of a source so far. */
    List<Long> of(String source) {
        List<Message> all = client.received().all();
        for (; looked < all.size(); looked++) {
            Message message = all.get(looked);
            if (message.is("reset") || message.is("error")) {
                throw new AssertionError("unexpected: " + message);
            }
            if (message.isChange()) {
                numbers.computeIfAbsent(String.valueOf(message.text("source")), any -> new ArrayList<>())
                        .add(message.number("data.n"));
            }
        }
        if (client.received().close() != null) {
            throw new AssertionError("closed with " + client.received().close());
        }
        return numbers.getOrDefault(source, List.of());
    }

    /** Waits until so many more have come of a source. */
    void awaitMore(String source, int more) {
        int present = of(source).size();
        Eventually.await(
                more + " more of " + source + " than " + present,
                WITHIN,
                () -> of(source).size() >= present + more);
    }

    void awaitCount(String source, int count) {
        Eventually.await(count + " of " + source, WITHIN, () -> of(source).size() >= count);
    }

    @Override
    public void close() {
        client.drop();
    }
}
