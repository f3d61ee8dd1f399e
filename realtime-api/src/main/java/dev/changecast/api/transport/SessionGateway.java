package dev.changecast.api.transport;

import java.util.Optional;

/** Where a transport brings its connections. Called from any thread; never blocks. */
public interface SessionGateway {
    /**
     * Whether a request may go on to the handshake. A gate asks this before it spends anything on the request. A
     * browser's request that will be refused is let through here and told why by {@link #open}, since a browser cannot
     * read a refused handshake.
     */
    Optional<Refusal> admit(Handshake handshake);

    /**
     * As {@link #admit}, for a transport whose clients can send nothing after the request: who they are has to be told by
     * it, as no token can follow.
     */
    default Optional<Refusal> admitListener(Handshake handshake) {
        return admit(handshake);
    }

    /**
     * Makes a session, or tells the connection why not and closes it.
     *
     * @param connection may be written to before this method has returned
     * @return where the transport brings what it receives
     */
    ConnectionListener open(Handshake handshake, ClientConnection connection);

    /**
     * Whether the page that a request comes from, if any, may read its answer. A transport whose answers pages read as
     * ordinary HTTP (CORS) asks this; one that does not ask tells no page anything.
     */
    default boolean allowsOrigin(Handshake handshake) {
        return handshake.header("Origin").isEmpty();
    }

    /**
     * Whether such a page may also let its browser add cookies and other credentials of its own accord: only pages that
     * are trusted by name, never all there are.
     */
    default boolean allowsCredentials(Handshake handshake) {
        return false;
    }

    /** The largest message taken from a client, in bytes of UTF-8. */
    int maxMessageBytes();
}
