package dev.changecast.transport.servlet;

import dev.changecast.api.transport.ConnectionListener;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings what happens on one connection to its listener one after the other and in order, although a container may call
 * from several threads, and may tell of the end while the gateway still opens the session. Whoever finds nobody at work
 * delivers, also what others add meanwhile.
 */
public final class ConnectionEvents {
    private static final Consumer<ConnectionListener> ALIVE = ConnectionListener::onAlive;
    private static final Consumer<ConnectionListener> CLOSED = ConnectionListener::onClosed;

    private final Queue<Consumer<ConnectionListener>> waiting = new ConcurrentLinkedQueue<>();
    /** More than 0 while somebody delivers. From the beginning, since nothing is delivered before {@link #start}. */
    private final AtomicInteger added = new AtomicInteger(1);

    private final AtomicBoolean closed = new AtomicBoolean();
    private final Consumer<RuntimeException> onFailure;
    private @Nullable ConnectionListener listener;
    private boolean ended;

    /** @param onFailure told when a listener throws; delivery goes on */
    public ConnectionEvents(Consumer<RuntimeException> onFailure) {
        this.onFailure = onFailure;
    }

    /** From now on events are delivered, those that came before first. Called once. */
    public void start(ConnectionListener listener) {
        this.listener = listener;
        deliver();
    }

    /** A message arrived. */
    public void message(String json) {
        add(target -> target.onMessage(json));
    }

    /** Something arrived that is no message. */
    public void badMessage(String what) {
        add(target -> target.onBadMessage(what));
    }

    /** The client gave a sign of life. */
    public void alive() {
        add(ALIVE);
    }

    /** The first call is told to the listener, after all that came before it; nothing is told after it. */
    public void closed() {
        if (closed.compareAndSet(false, true)) {
            add(CLOSED);
        }
    }

    private void add(Consumer<ConnectionListener> event) {
        waiting.add(event);
        if (added.getAndIncrement() == 0) {
            deliver();
        }
    }

    private void deliver() {
        int seen = 1;
        do {
            for (Consumer<ConnectionListener> event; (event = waiting.poll()) != null; ) {
                deliver(event);
            }
            seen = added.addAndGet(-seen);
        } while (seen != 0);
    }

    private void deliver(Consumer<ConnectionListener> event) {
        ConnectionListener target = listener;
        if (ended || target == null) {
            return;
        }
        ended = event == CLOSED;
        try {
            event.accept(target);
        } catch (RuntimeException e) {
            onFailure.accept(e);
        }
    }
}
