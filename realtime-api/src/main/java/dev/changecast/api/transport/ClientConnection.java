package dev.changecast.api.transport;

import java.util.List;

/** One client's connection, as the engine uses it. All methods may be called from any thread and none blocks. */
public interface ClientConnection {
    /**
     * Sends messages in this order, in as few writes to the network as it can. The engine calls it again only after
     * {@code done} was called, so at most one batch is in flight and its size bounds what the transport holds.
     *
     * @param done called once, from any thread, perhaps before this method returns
     */
    void write(List<Payload> messages, WriteDone done);

    /** Asks the client for a sign of life; {@link ConnectionListener#onAlive} follows. */
    void ping();

    /**
     * Tells when the client itself has got all that was written so far, which the network may have taken for a client that
     * is gone. A transport on whose connections clients say nothing cannot know, and tells so at once: what is done here when
     * nothing else is.
     *
     * @param received called once at most, from any thread, perhaps before this method returns; not when the connection is
     *     lost before that is known
     */
    default void confirm(Runnable received) {
        received.run();
    }

    /**
     * Closes in the protocol's way after what was written, and in any case within a few seconds.
     *
     * @param code a close code of the protocol: 4400 to 4599, or 1000 to 1011
     */
    void close(int code, String reason);

    /** Frees the connection at once, with whatever it still held. */
    void abort();

    /** The end of one write. */
    @FunctionalInterface
    interface WriteDone {
        /**
         * @param delivered whether the network took all of it; when not, the connection is lost and {@link
         *     ConnectionListener#onClosed} follows
         */
        void done(boolean delivered);
    }
}
