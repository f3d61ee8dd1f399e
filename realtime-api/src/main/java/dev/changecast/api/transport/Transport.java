package dev.changecast.api.transport;

import java.util.List;

/** A way to reach clients. Constructors do no input or output. */
public interface Transport extends AutoCloseable {
    /** Its name in logs, metrics and statistics: {@code websocket}. */
    String name();

    /**
     * What a web container must host for this transport, which the launcher hands to its HTTP port and an embedder to
     * their own container. Empty for a transport that listens by itself.
     */
    default List<WebComponent> components() {
        return List.of();
    }

    /** Called once, before the first connection can come. From now on connections may be opened at the gateway. */
    void start(SessionGateway gateway);

    /** Takes no new connections. Open ones are closed by the engine. Idempotent. */
    @Override
    void close();
}
