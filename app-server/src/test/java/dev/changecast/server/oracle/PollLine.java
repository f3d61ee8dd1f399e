package dev.changecast.server.oracle;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A session by long polling. A poll whose answer is lost is sent again as it was, a few times; so it may be answered twice,
 * and its commands are run once.
 */
final class PollLine implements Line {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final int TRIES = 3;
    private static final int RETRY_MILLIS = 100;

    /** A poll that waits holds commands up. */
    private static final int WAIT_SECONDS = 1;

    private final URI uri;
    private final Owner owner;

    // Guarded by this.
    private final List<String> commands = new ArrayList<>();
    private @Nullable String session;
    private long seq;
    private long request;
    private boolean opened;
    private boolean over;

    private PollLine(URI uri, Owner owner) {
        this.uri = uri;
        this.owner = owner;
    }

    /** @param address {@code http://127.0.0.1:8080/poll} */
    static void open(URI address, Owner owner) {
        new PollLine(address, owner).poll();
    }

    private void poll() {
        ObjectNode poll = FollowingClient.JSON.createObjectNode();
        synchronized (this) {
            if (over) {
                return;
            }
            if (session != null) {
                poll.put("session", session).put("ack", seq);
            }
            poll.put("request", ++request).put("wait_s", session == null ? 0 : WAIT_SECONDS);
            commands.forEach(command -> poll.withArray("commands").add(FollowingClient.JSON.readTree(command)));
            commands.clear();
        }
        ask(poll.toString(), 1);
    }

    private void ask(String poll, int attempt) {
        HttpRequest asked = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(10))
                .POST(HttpRequest.BodyPublishers.ofString(poll))
                .build();
        HTTP.sendAsync(asked, HttpResponse.BodyHandlers.ofString()).whenComplete((answer, failure) -> {
            if (failure == null) {
                try {
                    answered(answer);
                } catch (RuntimeException e) {
                    // As if the server had sent it away: whoever waits for this client fails.
                    end(4400, "an answer that is none: " + answer.body() + ": " + e);
                }
            } else if (attempt == TRIES || isOver()) {
                end(1006, failure.toString());
            } else {
                CompletableFuture.delayedExecutor(RETRY_MILLIS, TimeUnit.MILLISECONDS)
                        .execute(() -> ask(poll, attempt + 1));
            }
        });
    }

    private void answered(HttpResponse<String> answer) {
        if (answer.statusCode() != 200) {
            // 410: the session is one of a server that is no more.
            end(1006, answer.statusCode() + " " + answer.body());
            return;
        }
        JsonNode fields = FollowingClient.JSON.readTree(answer.body());
        boolean first;
        boolean news;
        synchronized (this) {
            session = fields.path("session").asString();
            news = fields.path("seq").asLong() > seq;
            seq = Math.max(seq, fields.path("seq").asLong());
            first = !opened;
            opened = true;
        }
        if (first) {
            owner.opened(this);
        }
        if (news) {
            fields.path("messages").forEach(message -> owner.received(message.toString()));
        }
        JsonNode close = fields.path("close");
        if (close.isObject()) {
            end(close.path("code").asInt(), close.path("reason").asString());
        } else if (owner.wantsMore()) {
            poll();
        }
    }

    private void end(int code, String reason) {
        abort();
        owner.ended(code, reason);
    }

    private synchronized boolean isOver() {
        return over;
    }

    @Override
    public synchronized void send(String message) {
        commands.add(message);
    }

    @Override
    public void request() {
        // Off the caller's thread, which may hold a lock.
        CompletableFuture.runAsync(this::poll);
    }

    @Override
    public synchronized void abort() {
        over = true;
    }
}
