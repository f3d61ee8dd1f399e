package dev.changecast.http.grizzly;

import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.ConnectionListener;
import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.Payload;
import dev.changecast.api.transport.Refusal;
import dev.changecast.api.transport.SessionGateway;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Stands for the engine: keeps what it is told of each connection, and answers as a test wants. */
final class RecordingGateway implements SessionGateway {
    static final int MAX_MESSAGE_BYTES = 128 * 1024;

    final BlockingQueue<Client> opened = new LinkedBlockingQueue<>();
    final AtomicInteger open = new AtomicInteger();
    volatile Function<Handshake, Optional<Refusal>> admit = handshake -> Optional.empty();
    volatile BiConsumer<Client, String> onMessage = (client, json) -> {};
    volatile BiConsumer<Handshake, ClientConnection> onOpen = (handshake, connection) -> {};

    /** Answers every message with itself. */
    static RecordingGateway echoing() {
        RecordingGateway gateway = new RecordingGateway();
        gateway.onMessage = (client, json) -> client.connection.write(List.of(Payload.of(json)), delivered -> {});
        return gateway;
    }

    Client next() throws InterruptedException {
        Client client = opened.poll(10, TimeUnit.SECONDS);
        if (client == null) {
            throw new AssertionError("no session was opened");
        }
        return client;
    }

    @Override
    public Optional<Refusal> admit(Handshake handshake) {
        return admit.apply(handshake);
    }

    @Override
    public ConnectionListener open(Handshake handshake, ClientConnection connection) {
        Client client = new Client(handshake, connection);
        open.incrementAndGet();
        onOpen.accept(handshake, connection);
        opened.add(client);
        return client;
    }

    @Override
    public int maxMessageBytes() {
        return MAX_MESSAGE_BYTES;
    }

    /** One session. */
    final class Client implements ConnectionListener {
        final Handshake handshake;
        final ClientConnection connection;
        final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        final List<String> badMessages = new CopyOnWriteArrayList<>();
        final AtomicInteger alive = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        /** Whether two calls ever overlapped, or one came after the end. */
        final AtomicBoolean outOfTurn = new AtomicBoolean();

        private final AtomicBoolean busy = new AtomicBoolean();

        Client(Handshake handshake, ClientConnection connection) {
            this.handshake = handshake;
            this.connection = connection;
        }

        String nextMessage() throws InterruptedException {
            String message = messages.poll(10, TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("no message came");
            }
            return message;
        }

        void send(String... json) {
            connection.write(List.of(json).stream().map(Payload::of).toList(), delivered -> {});
        }

        @Override
        public void onMessage(String json) {
            inTurn(() -> {
                messages.add(json);
                onMessage.accept(this, json);
            });
        }

        @Override
        public void onBadMessage(String what) {
            inTurn(() -> badMessages.add(what));
        }

        @Override
        public void onAlive() {
            inTurn(alive::incrementAndGet);
        }

        @Override
        public void onClosed() {
            inTurn(() -> {
                closed.incrementAndGet();
                open.decrementAndGet();
            });
        }

        private void inTurn(Runnable call) {
            if (closed.get() > 0 || !busy.compareAndSet(false, true)) {
                outOfTurn.set(true);
            }
            try {
                call.run();
            } finally {
                busy.set(false);
            }
        }
    }
}
