package dev.changecast.testing;

import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.ConnectionListener;
import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.Payload;
import dev.changecast.api.transport.Refusal;
import dev.changecast.api.transport.SessionGateway;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Stands for the engine in a transport's tests: keeps what it is told of each connection, and watches the contract. */
public final class FakeGateway implements SessionGateway {
    private final int maxMessageBytes;
    private final BlockingQueue<Opened> opened = new LinkedBlockingQueue<>();
    private volatile Function<Handshake, Optional<Refusal>> gate = handshake -> Optional.empty();
    private volatile Predicate<Handshake> origins =
            handshake -> handshake.header("Origin").isEmpty();
    private volatile Predicate<Handshake> credentials = handshake -> false;
    private volatile Consumer<ClientConnection> onOpen = connection -> {};

    public FakeGateway(int maxMessageBytes) {
        this.maxMessageBytes = maxMessageBytes;
    }

    /** From now on this decides who is admitted. */
    public void gate(Function<Handshake, Optional<Refusal>> gate) {
        this.gate = gate;
    }

    /** From now on this decides which pages may read answers. */
    public void origins(Predicate<Handshake> origins) {
        this.origins = origins;
    }

    /** From now on this decides which pages may send credentials. */
    public void credentials(Predicate<Handshake> credentials) {
        this.credentials = credentials;
    }

    /** From now on this is done with each connection while it is opened. */
    public void onOpen(Consumer<ClientConnection> action) {
        this.onOpen = action;
    }

    /** The next connection that was opened; fails when none comes within ten seconds. */
    public Opened next() {
        return take(opened, "a connection");
    }

    /** Whether no connection waits to be looked at by {@link #next}. */
    public boolean hasNone() {
        return opened.isEmpty();
    }

    @Override
    public Optional<Refusal> admit(Handshake handshake) {
        return gate.apply(handshake);
    }

    @Override
    public boolean allowsOrigin(Handshake handshake) {
        return origins.test(handshake);
    }

    @Override
    public boolean allowsCredentials(Handshake handshake) {
        return credentials.test(handshake);
    }

    @Override
    public ConnectionListener open(Handshake handshake, ClientConnection connection) {
        Opened client = new Opened(handshake, connection);
        onOpen.accept(connection);
        opened.add(client);
        return client;
    }

    @Override
    public int maxMessageBytes() {
        return maxMessageBytes;
    }

    private static <T> T take(BlockingQueue<T> queue, String what) {
        try {
            T taken = queue.poll(10, TimeUnit.SECONDS);
            if (taken == null) {
                throw new AssertionError("waited 10 s in vain for " + what);
            }
            return taken;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** One connection, and everything that its transport told of it. */
    public static final class Opened implements ConnectionListener {
        private final Handshake handshake;
        private final ClientConnection connection;
        private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        private final AtomicInteger alive = new AtomicInteger();
        private final AtomicInteger closed = new AtomicInteger();
        private final AtomicBoolean busy = new AtomicBoolean();
        private volatile @Nullable String violation;

        private Opened(Handshake handshake, ClientConnection connection) {
            this.handshake = handshake;
            this.connection = connection;
        }

        public Handshake handshake() {
            return handshake;
        }

        public ClientConnection connection() {
            return connection;
        }

        /** The next message that arrived; fails when none comes within ten seconds. */
        public String nextMessage() {
            return take(messages, "a message");
        }

        /** Whether all messages that arrived were looked at. */
        public boolean hasNoMessage() {
            return messages.isEmpty();
        }

        public int signsOfLife() {
            return alive.get();
        }

        /** How often the end was told. Fails when the transport broke the contract of a listener. */
        public int timesClosed() {
            String found = violation;
            if (found != null) {
                throw new AssertionError("the contract was violated: " + found);
            }
            return closed.get();
        }

        /** Writes these messages as one batch. */
        public Written write(String... json) {
            return write(List.of(json).stream().map(Payload::of).toList());
        }

        /** Writes one batch. */
        public Written write(List<Payload> batch) {
            Written written = new Written();
            connection.write(batch, written::done);
            return written;
        }

        @Override
        public void onMessage(String json) {
            inTurn("a message", () -> messages.add(json));
        }

        @Override
        public void onBadMessage(String what) {
            inTurn("a bad message", () -> {});
        }

        @Override
        public void onAlive() {
            inTurn("a sign of life", alive::incrementAndGet);
        }

        @Override
        public void onClosed() {
            inTurn("the end", closed::incrementAndGet);
        }

        private void inTurn(String what, Runnable call) {
            if (closed.get() > 0) {
                violation = what + " after the end";
            }
            if (!busy.compareAndSet(false, true)) {
                violation = what + " while another call ran";
            }
            try {
                call.run();
            } finally {
                busy.set(false);
            }
        }
    }

    /** What became of one batch. */
    public static final class Written {
        private final AtomicInteger times = new AtomicInteger();
        private volatile @Nullable Boolean delivered;

        private void done(boolean delivered) {
            this.delivered = delivered;
            times.incrementAndGet();
        }

        /** Whether the batch was delivered; null while that is open. Fails when it was told more than once. */
        public @Nullable Boolean delivered() {
            if (times.get() > 1) {
                throw new AssertionError("the end of a write was told " + times.get() + " times");
            }
            return delivered;
        }

        /** Waits until it is told, and returns what. */
        public boolean await() {
            return Eventually.awaitValue("the end of a write", this::delivered);
        }
    }
}
