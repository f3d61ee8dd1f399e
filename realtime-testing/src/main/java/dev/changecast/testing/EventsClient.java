package dev.changecast.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client by server-sent events, which reads as the standard says but does not reconnect: a test does, with {@link
 * #lastEventId}.
 */
public final class EventsClient implements ProtocolClient {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Received received = new Received();
    private final InputStream stream;
    private volatile String lastEventId;
    private volatile @Nullable String retry;
    private volatile boolean left;

    private EventsClient(InputStream stream, String lastEventId) {
        this.stream = stream;
        this.lastEventId = lastEventId;
    }

    /**
     * Throws an {@link IllegalStateException} with the status and the body when the request is refused.
     *
     * @param uri {@code http://127.0.0.1:8080/events?collection=users}
     */
    public static EventsClient connect(URI uri, Map<String, String> headers) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(uri).header("Accept", "text/event-stream");
        headers.forEach(builder::header);
        try {
            HttpResponse<InputStream> answer = HTTP.send(builder.build(), HttpResponse.BodyHandlers.ofInputStream());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(
                        answer.statusCode() + " " + new String(answer.body().readAllBytes(), StandardCharsets.UTF_8));
            }
            EventsClient client = new EventsClient(answer.body(), headers.getOrDefault("Last-Event-ID", ""));
            Thread thread = new Thread(client::read, "events-client");
            thread.setDaemon(true);
            thread.start();
            return client;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void read() {
        StringBuilder data = new StringBuilder();
        String event = "message";
        String id = lastEventId;
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line; (line = lines.readLine()) != null; ) {
                int colon = line.indexOf(':');
                String name = colon < 0 ? line : line.substring(0, colon);
                String value = colon < 0 ? "" : line.substring(colon + 1).replaceFirst("^ ", "");
                switch (name) {
                    case "data" -> data.append(data.length() == 0 ? "" : "\n").append(value);
                    case "event" -> event = value;
                    case "id" -> id = value;
                    case "retry" -> retry = value;
                    default -> {}
                }
                if (line.isEmpty()) {
                    lastEventId = id;
                    if (data.length() > 0) {
                        dispatch(event, data.toString());
                    }
                    data.setLength(0);
                    event = "message";
                }
            }
            received.closed(1006, "the stream ended");
        } catch (IOException e) {
            received.closed(1006, "the stream broke: " + e);
        }
    }

    private void dispatch(String event, String data) {
        if (event.equals("close")) {
            Message close = new Message(data);
            received.closed((int) close.number("code"), String.valueOf(close.text("reason")));
        } else if (event.equals("message") && !left) {
            received.add(data);
        } else if (!left) {
            received.violated("an event named " + event);
        }
    }

    /** What {@code EventSource} would send as {@code Last-Event-ID} if the connection broke now. */
    public String lastEventId() {
        return lastEventId;
    }

    /** After how many milliseconds {@code EventSource} would reconnect; null when it was not told. */
    public @Nullable String retry() {
        return retry;
    }

    @Override
    public void send(String json) {
        throw new UnsupportedOperationException("server-sent events go one way");
    }

    @Override
    public Received received() {
        return received;
    }

    @Override
    public void drop() {
        left = true;
        received.left(1006, "dropped");
        try {
            stream.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        drop();
    }
}
