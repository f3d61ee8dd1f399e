package dev.changecast.api.transport;

/**
 * Something that a web container hosts.
 *
 * @param path where, from the root: {@code /ws}
 * @param component a {@code jakarta.websocket.server.ServerEndpointConfig} or a {@code jakarta.servlet.Servlet}; not
 *     typed here, so that this API depends on neither
 */
public record WebComponent(String path, Object component) {}
