package dev.changecast.testing;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client over a real WebSocket, for tests from end to end. While it is {@linkplain #pauseReading paused} it asks its
 * socket for nothing, so that TCP holds the server back.
 */
public final class TestClient implements ProtocolClient {
    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final Received received = new Received();
    private final StringBuilder partial = new StringBuilder();
    private CompletableFuture<?> sent = CompletableFuture.completedFuture(null);
    private boolean paused;
    private boolean owing;
    private @Nullable WebSocket socket;

    private TestClient() {}

    /** @param uri {@code ws://127.0.0.1:8080/ws} */
    public static TestClient connect(URI uri) {
        return connect(uri, Map.of());
    }

    /**
     * Connects with these headers; throws an {@link IllegalStateException} when the handshake is refused, whose cause is
     * a {@link java.net.http.WebSocketHandshakeException}.
     */
    public static TestClient connect(URI uri, Map<String, String> headers, String... subprotocols) {
        TestClient client = new TestClient();
        WebSocket.Builder builder =
                HttpClient.newHttpClient().newWebSocketBuilder().connectTimeout(CONNECT);
        headers.forEach(builder::header);
        if (subprotocols.length > 0) {
            builder.subprotocols(subprotocols[0], Arrays.copyOfRange(subprotocols, 1, subprotocols.length));
        }
        try {
            WebSocket socket = builder.buildAsync(uri, client.new Listening()).join();
            synchronized (client) {
                client.socket = socket;
            }
            return client;
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalStateException("cannot connect to " + uri.getRawPath() + ": " + cause, cause);
        }
    }

    @Override
    public synchronized void send(String json) {
        // One send at a time is what a WebSocket of the JDK takes.
        sent = sent.thenCompose(before -> open().sendText(json, true)).whenComplete((socket, failure) -> {
            if (failure != null) {
                // Usually the listener is about to be told more; if it is not, the socket has missed its own end.
                CompletableFuture.delayedExecutor(2, TimeUnit.SECONDS)
                        .execute(() -> received.closed(1006, failure.toString()));
            }
        });
    }

    /** Sends a binary frame. */
    public synchronized void sendBinary(byte[] bytes) {
        sent = sent.thenCompose(before -> open().sendBinary(ByteBuffer.wrap(bytes), true));
    }

    @Override
    public Received received() {
        return received;
    }

    /** Takes no further message from the socket, but for one that it has asked for already. */
    public synchronized void pauseReading() {
        paused = true;
    }

    public void resumeReading() {
        WebSocket ask = null;
        synchronized (this) {
            paused = false;
            if (owing) {
                owing = false;
                ask = socket;
            }
        }
        if (ask != null) {
            ask.request(1);
        }
    }

    @Override
    public void drop() {
        open().abort();
        received.left(1006, "dropped");
    }

    @Override
    public synchronized void close() {
        sent = sent.thenCompose(
                before -> open().sendClose(WebSocket.NORMAL_CLOSURE, "").exceptionally(failure -> open()));
    }

    private synchronized WebSocket open() {
        WebSocket present = socket;
        if (present == null) {
            throw new IllegalStateException("not connected");
        }
        return present;
    }

    private void ask(WebSocket from) {
        synchronized (this) {
            if (paused) {
                owing = true;
                return;
            }
        }
        from.request(1);
    }

    private final class Listening implements WebSocket.Listener {
        @Override
        public void onOpen(WebSocket opened) {
            ask(opened);
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                received.add(partial.toString());
                partial.setLength(0);
            }
            ask(from);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            received.closed(code, reason);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            received.closed(1006, error.toString());
        }
    }
}
