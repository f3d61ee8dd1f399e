package dev.changecast.transport.websocket;

import dev.changecast.api.transport.Handshake;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.Session;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps a request's headers for its session, which the standard gives to nobody but the configurator. They travel in
 * the user properties: since Jakarta WebSocket 2.1 those given to {@link #modifyHandshake} belong to one connection
 * alone and become the session's.
 */
final class HandshakeCapture extends ServerEndpointConfig.Configurator {
    private static final String HEADERS = "dev.changecast.handshake-headers";

    /** Where containers tell the client's address, which the standard does not: Jetty, and some that follow it. */
    private static final List<String> ADDRESS_PROPERTIES =
            List.of("jakarta.websocket.endpoint.remoteAddress", "jakarta.websocket.server.RemoteAddress");

    private final WebSocketTransport transport;

    HandshakeCapture(WebSocketTransport transport) {
        this.transport = transport;
    }

    @Override
    public <T> T getEndpointInstance(Class<T> endpointClass) {
        return endpointClass.cast(new ClientEndpoint(transport));
    }

    /** Every origin may shake hands: the engine decides, and tells a page that is not allowed why. */
    @Override
    public boolean checkOrigin(String originHeaderValue) {
        return true;
    }

    /**
     * None: containers compress each message again for each session, with a window for each. A host that does better
     * negotiates by itself.
     */
    @Override
    public List<Extension> getNegotiatedExtensions(List<Extension> installed, List<Extension> requested) {
        return List.of();
    }

    @Override
    public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
        Map<String, List<String>> headers = new HashMap<>();
        request.getHeaders().forEach((name, values) -> headers.put(name, List.copyOf(values)));
        config.getUserProperties().put(HEADERS, headers);
    }

    /** The request a session was opened by: from the host if it tells, else put together from what the standard tells. */
    static Handshake of(Session session, String path) {
        Map<String, Object> properties = session.getUserProperties();
        Object headers = properties.remove(HEADERS);
        if (properties.remove(Handshake.PROPERTY) instanceof Handshake told) {
            return told;
        }
        return new Handshake(
                WebSocketTransport.NAME,
                path,
                remoteAddress(properties),
                headers instanceof Map<?, ?> map ? texts(map) : Map.of(),
                session.getRequestParameterMap(),
                session.getUserPrincipal());
    }

    private static String remoteAddress(Map<String, Object> properties) {
        for (String name : ADDRESS_PROPERTIES) {
            if (properties.get(name) instanceof InetSocketAddress socket) {
                InetAddress address = socket.getAddress();
                return address == null ? socket.getHostString() : address.getHostAddress();
            }
        }
        return "";
    }

    private static Map<String, List<String>> texts(Map<?, ?> headers) {
        Map<String, List<String>> texts = new HashMap<>();
        headers.forEach((name, values) -> texts.put(
                String.valueOf(name),
                values instanceof List<?> list
                        ? list.stream().map(String::valueOf).toList()
                        : List.of()));
        return texts;
    }
}
