package dev.changecast.server.oracle;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A WebSocket. */
final class WebSocketLine implements Line, WebSocket.Listener {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Owner owner;
    private final StringBuilder text = new StringBuilder();
    private CompletableFuture<?> sent = CompletableFuture.completedFuture(null);
    private volatile @Nullable WebSocket socket;
    private volatile boolean aborted;

    private WebSocketLine(Owner owner) {
        this.owner = owner;
    }

    static void open(URI address, Owner owner) {
        WebSocketLine line = new WebSocketLine(owner);
        HTTP.newWebSocketBuilder()
                .connectTimeout(Duration.ofSeconds(5))
                .buildAsync(address, line)
                .orTimeout(10, TimeUnit.SECONDS)
                .whenComplete((socket, failure) -> {
                    if (failure != null) {
                        owner.ended(1006, failure.toString());
                    } else if (line.aborted) {
                        socket.abort();
                    }
                });
    }

    @Override
    public void onOpen(WebSocket opened) {
        socket = opened;
        owner.opened(this);
        opened.request(1);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            String message = text.toString();
            text.setLength(0);
            owner.received(message);
        }
        if (owner.wantsMore()) {
            from.request(1);
        }
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        owner.ended(code, reason);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        owner.ended(1006, error.toString());
    }

    @Override
    public synchronized void send(String message) {
        WebSocket present = socket;
        if (present != null) {
            sent = sent.thenCompose(before -> present.sendText(message, true).exceptionally(failure -> null));
        }
    }

    @Override
    public void request() {
        WebSocket present = socket;
        if (present != null) {
            present.request(1);
        }
    }

    @Override
    public void abort() {
        aborted = true;
        WebSocket present = socket;
        if (present != null) {
            present.abort();
        }
    }
}
