package dev.changecast.testing;

import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.ConnectionListener;
import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.Payload;
import dev.changecast.api.transport.SessionGateway;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client without a network: a connection that is handed to a gateway directly. It can stop taking what is written,
 * which is what a slow network looks like to the engine, and checks that the engine keeps to the connection's contract:
 * one batch at a time, nothing after the close.
 */
public final class LoopbackClient implements ProtocolClient, ClientConnection {
    /** Ends writes and tells the engine of closed connections, as the threads of a transport would. */
    private static final ExecutorService TRANSPORT = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "loopback-transport");
        thread.setDaemon(true);
        return thread;
    });

    /** Calls of a listener come one after the other; this says whose turn it is. */
    private final Object turn = new Object();

    private final Received received = new Received();
    private final boolean atOnce;

    // Guarded by this.
    private @Nullable ConnectionListener listener;
    private @Nullable Batch held;
    private boolean inFlight;
    private boolean taking;
    private boolean answersPings = true;
    /** How many more messages the network delivers before it loses everything. */
    private long arriving = Long.MAX_VALUE;

    private int lost;
    private boolean ended;
    private boolean told;
    private boolean aborted;
    private int pings;
    private int writes;

    private record Batch(List<Payload> messages, WriteDone done) {}

    private LoopbackClient(boolean taking, boolean atOnce) {
        this.taking = taking;
        this.atOnce = atOnce;
    }

    /** A handshake without headers from 127.0.0.1, and a client that takes everything. */
    public static LoopbackClient connect(SessionGateway gateway) {
        return to(gateway).connect();
    }

    /** Begins to describe a client. */
    public static Builder to(SessionGateway gateway) {
        return new Builder(gateway);
    }

    @Override
    public void send(String json) {
        tell(to -> to.onMessage(json));
    }

    /** Sends something that is no text message at all. */
    public void sendBad(String what) {
        tell(to -> to.onBadMessage(what));
    }

    @Override
    public Received received() {
        return received;
    }

    /** From now on writes do not end; the engine sees a network that takes nothing. */
    public synchronized void stopTaking() {
        taking = false;
    }

    /** Takes what was held back, and everything after it. */
    public void startTaking() {
        Batch batch;
        synchronized (this) {
            taking = true;
            batch = held;
            held = null;
        }
        if (batch != null) {
            deliver(batch);
        }
    }

    /** Takes one batch that was held back, and holds the next. Returns whether there was one. */
    public boolean takeOne() {
        Batch batch;
        synchronized (this) {
            batch = held;
            held = null;
        }
        if (batch != null) {
            deliver(batch);
        }
        return batch != null;
    }

    /** Whether a write waits to be taken. */
    public synchronized boolean isHolding() {
        return held != null;
    }

    /**
     * From now on the network takes everything and nothing arrives, nor does anything come back, as where the other end has
     * lost its power.
     */
    public synchronized void loseEverything() {
        arriving = 0;
        answersPings = false;
    }

    /** How many messages the network has taken and lost. */
    public synchronized int lost() {
        return lost;
    }

    /** From now on pings get no answer. */
    public synchronized void ignorePings() {
        answersPings = false;
    }

    public synchronized int pings() {
        return pings;
    }

    /** How many batches the engine has written. */
    public synchronized int writes() {
        return writes;
    }

    /** Whether the engine has aborted the connection. */
    public synchronized boolean isAborted() {
        return aborted;
    }

    // ---- What the engine calls

    @Override
    public void write(List<Payload> messages, WriteDone done) {
        Batch batch = new Batch(List.copyOf(messages), done);
        boolean gone;
        synchronized (this) {
            if (inFlight) {
                received.violated("a write before the one before had ended");
            }
            if (messages.isEmpty()) {
                received.violated("a write of nothing");
            }
            writes++;
            inFlight = true;
            gone = ended;
            if (!gone && !taking) {
                held = batch;
                return;
            }
        }
        if (gone) {
            finish(batch, false);
        } else if (atOnce) {
            deliver(batch);
        } else {
            TRANSPORT.execute(() -> deliver(batch));
        }
    }

    private void deliver(Batch batch) {
        boolean delivered;
        List<Payload> arrived = List.of();
        synchronized (this) {
            delivered = !ended;
            if (delivered) {
                arrived = batch.messages.subList(0, (int) Math.min(arriving, batch.messages.size()));
                arriving -= arrived.size();
                lost += batch.messages.size() - arrived.size();
            }
        }
        arrived.forEach(message -> received.add(message.toString()));
        finish(batch, delivered);
    }

    private void finish(Batch batch, boolean delivered) {
        synchronized (this) {
            inFlight = false;
        }
        batch.done.done(delivered);
    }

    @Override
    public void ping() {
        boolean answers;
        synchronized (this) {
            pings++;
            answers = answersPings;
        }
        if (answers) {
            TRANSPORT.execute(() -> tell(ConnectionListener::onAlive));
        }
    }

    @Override
    public void confirm(Runnable received) {
        boolean answers;
        synchronized (this) {
            answers = answersPings && !ended;
        }
        if (answers) {
            TRANSPORT.execute(received);
        }
    }

    @Override
    public void close(int code, String reason) {
        if (!(code >= 4400 && code < 4600 || code >= 1000 && code <= 1011)) {
            received.violated("close code " + code);
        }
        boolean onItsWay;
        synchronized (this) {
            onItsWay = inFlight && held == null;
        }
        if (onItsWay) {
            TRANSPORT.execute(() -> end(code, reason, false));
        } else {
            end(code, reason, false);
        }
    }

    @Override
    public void abort() {
        synchronized (this) {
            aborted = true;
        }
        end(1006, "aborted", false);
    }

    // ---- The end

    @Override
    public void drop() {
        end(1006, "dropped", true);
    }

    @Override
    public void close() {
        end(1000, "closed by the client", true);
    }

    private void end(int code, String reason, boolean byClient) {
        Batch batch;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            batch = held;
            held = null;
        }
        if (byClient) {
            received.left(code, reason);
        } else {
            received.closed(code, reason);
        }
        TRANSPORT.execute(() -> {
            if (batch != null) {
                finish(batch, false);
            }
            tellOfTheEnd();
        });
    }

    private void tellOfTheEnd() {
        synchronized (turn) {
            ConnectionListener to;
            synchronized (this) {
                to = listener;
                if (to == null || told) {
                    return;
                }
                told = true;
            }
            to.onClosed();
        }
    }

    private void tell(Consumer<ConnectionListener> what) {
        synchronized (turn) {
            ConnectionListener to;
            synchronized (this) {
                to = ended || told ? null : listener;
            }
            if (to != null) {
                what.accept(to);
            }
        }
    }

    private void opened(ConnectionListener by) {
        boolean over;
        synchronized (this) {
            listener = by;
            over = ended;
        }
        if (over) {
            TRANSPORT.execute(this::tellOfTheEnd);
        }
    }

    /** Describes a client before it connects. */
    public static final class Builder {
        private final SessionGateway gateway;
        private final Map<String, List<String>> headers = new LinkedHashMap<>();
        private final Map<String, List<String>> query = new LinkedHashMap<>();
        private String address = "127.0.0.1";
        private boolean taking = true;
        private boolean atOnce;
        private long arriving = Long.MAX_VALUE;
        private boolean ignoresPings;

        private Builder(SessionGateway gateway) {
            this.gateway = gateway;
        }

        public Builder header(String name, String value) {
            headers.computeIfAbsent(name, any -> new ArrayList<>()).add(value);
            return this;
        }

        public Builder parameter(String name, String value) {
            query.computeIfAbsent(name, any -> new ArrayList<>()).add(value);
            return this;
        }

        public Builder address(String remoteAddress) {
            address = remoteAddress;
            return this;
        }

        /** Takes nothing until {@link LoopbackClient#startTaking}. */
        public Builder notTaking() {
            taking = false;
            return this;
        }

        /** Gets that many messages of what is written and then nothing, see {@link LoopbackClient#loseEverything}. */
        public Builder losingEverythingAfter(int messages) {
            arriving = messages;
            ignoresPings = true;
            return this;
        }

        /** Answers no ping, see {@link LoopbackClient#ignorePings}. */
        public Builder ignoringPings() {
            ignoresPings = true;
            return this;
        }

        /** Writes end before {@link ClientConnection#write} returns, as they do where the network has room. */
        public Builder takingAtOnce() {
            atOnce = true;
            return this;
        }

        public Handshake handshake() {
            return new Handshake("loopback", "/loopback", address, headers, query, null);
        }

        public LoopbackClient connect() {
            LoopbackClient client = new LoopbackClient(taking, atOnce);
            client.arriving = arriving;
            client.answersPings = !ignoresPings;
            client.opened(gateway.open(handshake(), client));
            return client;
        }
    }
}
