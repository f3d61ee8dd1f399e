package dev.changecast.api.transport;

/**
 * What a transport tells the engine about one connection. Calls of one connection come one after the other, in order;
 * none of them blocks.
 */
public interface ConnectionListener {
    /** A message arrived: one JSON object as text. */
    void onMessage(String json);

    /**
     * Something arrived that the protocol has no place for: a binary frame, broken UTF-8. It is answered with an error,
     * and repeated offences with a close.
     */
    void onBadMessage(String what);

    /** The client is alive: a pong, or any other sign that is no message. */
    void onAlive();

    /** The connection is gone, by whichever side. Called once; nothing is called after it. */
    void onClosed();
}
