package dev.changecast.server.tail;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Keeps a {@link TailSession} connected over WebSocket. */
public final class Tail {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final long FIRST_DELAY_MS = 1000;
    private static final long LONGEST_DELAY_MS = 30_000;

    private final URI url;
    private final TailSession session;
    private final TailOutput output;
    private final Random random = new Random();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();

    public Tail(URI url, TailSession session, TailOutput output) {
        this.url = url;
        this.session = session;
        this.output = output;
    }

    /**
     * Prints until the thread is interrupted.
     *
     * @throws TailSession.RefusedException when the server cannot be reached the first time, or refuses for good
     */
    public void run() throws TailSession.RefusedException, InterruptedException {
        boolean connectedOnce = false;
        for (int failures = 0; ; failures++) {
            String why;
            try {
                why = converse();
                failures = 0;
                connectedOnce = true;
            } catch (IOException e) {
                if (!connectedOnce) {
                    throw new TailSession.RefusedException("cannot reach " + url + ": " + e.getMessage());
                }
                why = String.valueOf(e.getMessage());
            }
            long most = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS << Math.min(failures, 5));
            long delay = random.nextLong(most + 1);
            output.note("disconnected: " + why + "; trying again in %.1f s".formatted(delay / 1000.0));
            Thread.sleep(delay);
        }
    }

    /** One connection, from its opening to its end. */
    private String converse() throws IOException, TailSession.RefusedException, InterruptedException {
        Inbox inbox = new Inbox();
        WebSocket socket = open(inbox);
        try {
            for (String command : session.connected()) {
                socket.sendText(command, true).join();
            }
            boolean told = false;
            while (true) {
                Event event = inbox.events.poll(session.silenceMillis(), TimeUnit.MILLISECONDS);
                if (event == null) {
                    return "the server was silent for " + session.silenceMillis() / 1000 + " s";
                }
                if (event.text == null) {
                    return ended(event);
                }
                session.received(event.text);
                if (session.failure() != null) {
                    return session.failure();
                }
                socket.request(1);
                if (!told && session.isReady()) {
                    told = true;
                    output.note("connected to " + url);
                }
            }
        } catch (CompletionException e) {
            return String.valueOf(e.getCause());
        } finally {
            socket.abort();
        }
    }

    private static String ended(Event event) throws TailSession.RefusedException {
        String reason = event.reason.isEmpty() ? "closed with " + event.code : event.reason + " (" + event.code + ")";
        if (event.code >= 4400 && event.code <= 4499) {
            throw new TailSession.RefusedException(reason);
        }
        return reason;
    }

    private WebSocket open(Inbox inbox) throws IOException, TailSession.RefusedException, InterruptedException {
        try {
            return http.newWebSocketBuilder()
                    .connectTimeout(CONNECT_TIMEOUT)
                    .subprotocols("changecast.v1")
                    .buildAsync(url, inbox)
                    .get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                int status = refused.getResponse().statusCode();
                String message = url + " answered the handshake with HTTP " + status;
                if (status == 429 || status >= 500) {
                    throw new IOException(message, e);
                }
                throw new TailSession.RefusedException(
                        status == 404 ? message + ": the address of a server's WebSocket ends in /ws" : message);
            }
            String message =
                    e.getCause() instanceof ConnectException ? "nothing answers there" : String.valueOf(e.getCause());
            throw new IOException(message, e);
        }
    }

    /** Something that happened on the connection: a text, or else its end. */
    private record Event(@Nullable String text, int code, String reason) {}

    /** Hands over what arrives, one message at a time: the next is asked for when this one was printed. */
    private static final class Inbox implements WebSocket.Listener {
        private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        private final StringBuilder parts = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            parts.append(data);
            if (last) {
                events.add(new Event(parts.toString(), 0, ""));
                parts.setLength(0);
            } else {
                socket.request(1);
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            events.add(new Event(null, code, reason));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            events.add(new Event(null, 1006, "the connection broke: " + error.getMessage()));
        }
    }
}
