package dev.changecast.core.session;

import dev.changecast.api.transport.ClientConnection;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What is done when the client has got something. That the network has taken it says little: it may lie in the buffers of
 * a connection that is dead. Only one question is under way at a time, however much is written. Owned by the session's
 * dispatcher.
 */
final class Confirmations {
    /** More than may wait for anybody. What is not remembered here waits on. */
    private static final int MOST = 10_000;

    private final ClientConnection connection;
    private final Dispatcher owner;

    /** What was written behind the question that is under way; null while there was never anything. */
    private @Nullable ArrayDeque<Runnable> taken;

    /** What that question is about; null while none is under way. */
    private @Nullable ArrayDeque<Runnable> asked;

    Confirmations(ClientConnection connection, Dispatcher owner) {
        this.connection = connection;
        this.owner = owner;
    }

    /** The network has taken something: this is to be done when the client has got it. {@link #ask} follows. */
    void taken(Runnable whenReceived) {
        ArrayDeque<Runnable> all = taken == null ? new ArrayDeque<>(2) : taken;
        taken = all;
        if (all.size() < MOST) {
            all.add(whenReceived);
        }
    }

    /** Asks the client whether it has got what the network has taken, unless it is being asked already. */
    void ask() {
        if (asked == null && taken != null) {
            asked = taken;
            taken = null;
            askAgain();
        }
    }

    /** A question that is still open may have been lost on its way. */
    void askAgain() {
        ArrayDeque<Runnable> question = asked;
        if (question != null) {
            connection.confirm(() -> owner.execute(() -> confirmed(question)));
        }
    }

    private void confirmed(ArrayDeque<Runnable> question) {
        if (asked == question) {
            asked = null;
            question.forEach(Runnable::run);
            ask();
        }
    }
}
