package dev.changecast.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** A client by long polling. It polls from the beginning, and acknowledges what it got with its next poll. */
public final class PollClient implements ProtocolClient {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final URI uri;
    private final Map<String, String> headers;
    private final Received received = new Received();

    // Guarded by this.
    private final List<String> commands = new ArrayList<>();
    private @Nullable String session;
    private long seq;
    private long request;
    private @Nullable CompletableFuture<?> poll;
    /** Whether the poll that is not answered yet carries commands; the next that does so waits for it. */
    private boolean commanding;

    private boolean over;

    private PollClient(URI uri, Map<String, String> headers) {
        this.uri = uri;
        this.headers = headers;
    }

    /** @param uri {@code http://127.0.0.1:8080/poll} */
    public static PollClient connect(URI uri) {
        return connect(uri, Map.of());
    }

    /**
     * Begins with these commands in its first poll.
     *
     * @param headers of every request
     */
    public static PollClient connect(URI uri, Map<String, String> headers, String... commands) {
        PollClient client = new PollClient(uri, headers);
        client.commands.addAll(List.of(commands));
        client.poll();
        return client;
    }

    /** One request without a client: what it was answered. */
    public static HttpResponse<byte[]> post(URI uri, Map<String, String> headers, String body) {
        return postAsync(uri, headers, body).join();
    }

    /** One request without a client. */
    public static CompletableFuture<HttpResponse<byte[]>> postAsync(URI uri, Map<String, String> headers, String body) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .header("Accept-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(builder::header);
        return HTTP.sendAsync(builder.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    /** The text of an answer, decompressed. */
    public static String text(HttpResponse<byte[]> answer) {
        byte[] body = answer.body();
        if (answer.headers()
                .firstValue("Content-Encoding")
                .filter("gzip"::equals)
                .isPresent()) {
            try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
                body = in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new String(body, StandardCharsets.UTF_8);
    }

    /** The messages of an answer. */
    public static List<Message> messages(String answer) {
        return JsonReader.elements(answer, "messages").stream()
                .map(Message::new)
                .toList();
    }

    /**
     * A command is sent at once, by a poll that takes the place of the one that waits and does not wait itself; one such
     * at a time, since two requests can overtake each other.
     */
    @Override
    public void send(String json) {
        synchronized (this) {
            commands.add(json);
            if (session == null || commanding) {
                return;
            }
        }
        poll();
    }

    @Override
    public Received received() {
        return received;
    }

    private synchronized void poll() {
        if (over) {
            return;
        }
        StringBuilder body = new StringBuilder("{");
        if (session != null) {
            body.append("\"session\":\"")
                    .append(session)
                    .append("\",\"ack\":")
                    .append(seq)
                    .append(',');
        }
        commanding = !commands.isEmpty();
        body.append("\"request\":").append(++request).append(",\"commands\":[");
        body.append(String.join(",", commands)).append(commanding && session != null ? "],\"wait_s\":0}" : "]}");
        commands.clear();
        CompletableFuture<HttpResponse<byte[]>> asked = postAsync(uri, headers, body.toString());
        poll = asked;
        asked.whenComplete((answer, failure) -> {
            if (failure == null) {
                answered(asked, answer);
            } else {
                ended(1006, "the poll failed: " + failure);
            }
        });
    }

    private void answered(CompletableFuture<?> asked, HttpResponse<byte[]> answer) {
        String text = null;
        try {
            text = text(answer);
            if (answer.statusCode() != 200) {
                ended(answer.statusCode() == 413 ? 1009 : 1006, answer.statusCode() + " " + text);
                return;
            }
            Message fields = new Message(text);
            synchronized (this) {
                session = fields.text("session");
                if (fields.number("seq") > seq) {
                    seq = fields.number("seq");
                    messages(text).forEach(message -> received.add(message.json()));
                }
                if (poll == asked && !fields.has("close")) {
                    // Before anybody can send a command, whose request this one could overtake.
                    poll();
                }
            }
            if (fields.has("close")) {
                ended((int) fields.number("close.code"), String.valueOf(fields.text("close.reason")));
            }
        } catch (RuntimeException e) {
            received.violated("an answer that is none: " + text + ": " + e);
        }
    }

    private void ended(int code, String reason) {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
        }
        received.closed(code, reason);
    }

    /** Polls no more; the session ends when the server has waited long enough. */
    @Override
    public void drop() {
        leave(1006, "dropped");
    }

    @Override
    public void close() {
        leave(1000, "closed by the client");
    }

    private void leave(int code, String reason) {
        CompletableFuture<?> waiting;
        synchronized (this) {
            over = true;
            waiting = poll;
        }
        received.left(code, reason);
        if (waiting != null) {
            try {
                waiting.cancel(true);
            } catch (CompletionException e) {
                received.violated(e.toString());
            }
        }
    }
}
