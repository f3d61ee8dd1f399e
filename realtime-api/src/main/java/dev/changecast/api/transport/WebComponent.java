package dev.changecast.api.transport;

/**
 * Something that a web container hosts.
 *
 * @param path where, from the root: {@code /ws}
 * @param component a {@code jakarta.websocket.server.ServerEndpointConfig} or a {@code jakarta.servlet.Servlet}; not
 *     typed here, so that this API depends on neither
 */
public record WebComponent(String path, Object component) {
    /**
     * The name of the request attribute under which a host of servlets may offer a {@link Runnable} that ends the
     * request's connection at once, with whatever it still holds; the standard has nothing for it.
     */
    public static final String ABORT_ATTRIBUTE = "dev.changecast.abort";
}
