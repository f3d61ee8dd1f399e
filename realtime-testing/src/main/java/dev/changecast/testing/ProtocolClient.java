package dev.changecast.testing;

import java.util.function.Predicate;

/** A client that speaks the protocol by hand. The same tests can run over each kind. */
public interface ProtocolClient extends AutoCloseable {
    /** Sends one message; never waits for an answer. */
    void send(String json);

    /** What came back. */
    Received received();

    /** The next message of this type; see {@link Received#await(String)}. */
    default Message await(String type) {
        return received().await(type);
    }

    /** The next message that fits; see {@link Received#await(String, Predicate)}. */
    default Message await(String what, Predicate<Message> fits) {
        return received().await(what, fits);
    }

    /** The next message that is a change. */
    default Message awaitChange() {
        return received().await("a change", Message::isChange);
    }

    /** Waits for the close and returns its code. */
    default int awaitCloseCode() {
        return received().awaitClose().code();
    }

    /** Ends the connection without a word, as a network does. */
    void drop();

    /** Ends the connection in the protocol's way. Idempotent. */
    @Override
    void close();
}
