package dev.changecast.server.oracle;

import dev.changecast.testing.Eventually;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Counts what comes and keeps nothing of it, for transactions that no test could hold. */
final class CountingClient implements WebSocket.Listener, AutoCloseable {
    private final StringBuilder text = new StringBuilder();
    private @Nullable WebSocket socket;
    private volatile boolean ready;
    private volatile int changes;
    private volatile int commits;
    private volatile @Nullable String wrong;
    private long place;

    private CountingClient() {}

    static CountingClient connect(URI address) {
        CountingClient client = new CountingClient();
        client.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(address, client)
                .join();
        return client;
    }

    void subscribe(String collection) {
        WebSocket open = socket;
        if (open != null) {
            open.sendText("{\"type\":\"subscribe\",\"id\":1,\"collection\":\"" + collection + "\"}", true)
                    .join();
        }
        Eventually.await("to be ready", Duration.ofSeconds(30), () -> ready);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            take(text);
            text.setLength(0);
        }
        from.request(1);
        return null;
    }

    private void take(StringBuilder message) {
        if (message.indexOf("\"action\":\"") >= 0) {
            int end = message.lastIndexOf("-");
            long next = Long.parseLong(message, end + 1, message.indexOf("\"", end), 10);
            if (next <= place) {
                wrong = "the place " + next + " came after " + place;
            }
            place = next;
            changes = changes + 1;
        } else if (message.indexOf("\"type\":\"commit\"") >= 0) {
            commits = commits + 1;
            place = 0;
        } else if (message.indexOf("\"type\":\"ready\"") >= 0) {
            ready = true;
        } else if (message.indexOf("\"type\":\"reset\"") >= 0 || message.indexOf("\"type\":\"error\"") >= 0) {
            wrong = message.toString();
        }
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        wrong = "closed with " + code + " " + reason;
        return null;
    }

    /** Waits until so many changes and the end of their transaction have come. */
    void awaitChanges(int expected, Duration within) {
        Eventually.await(expected + " changes", within, () -> {
            String seen = wrong;
            if (seen != null) {
                throw new AssertionError(seen + " after " + changes + " changes");
            }
            return changes == expected && commits > 0;
        });
    }

    int commits() {
        return commits;
    }

    @Override
    public void close() {
        WebSocket open = socket;
        if (open != null) {
            open.abort();
        }
    }
}
