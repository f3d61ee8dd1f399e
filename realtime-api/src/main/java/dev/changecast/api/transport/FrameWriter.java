package dev.changecast.api.transport;

import java.util.List;

/**
 * A faster way out than the standard API of a container, offered by a host that has one. A WebSocket transport looks for
 * it in the user properties of its session under {@link #PROPERTY} and does without where there is none.
 */
public interface FrameWriter {
    /** The name of the session's user property. */
    String PROPERTY = "dev.changecast.frame-writer";

    /** Writes each message as one text frame, all with as few system calls as possible. */
    void write(List<Payload> messages, ClientConnection.WriteDone done);

    /** How many bytes were given to {@link #write} and not yet taken by the network. */
    long pendingBytes();

    /** Ends the connection without waiting for what is pending, and frees it. */
    void abort();
}
