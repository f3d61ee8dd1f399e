package dev.changecast.transport.websocket;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.SessionGateway;
import dev.changecast.api.transport.Transport;
import dev.changecast.api.transport.WebComponent;
import jakarta.websocket.server.ServerEndpointConfig;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings WebSocket connections to the engine. It listens nowhere by itself: a container hosts its {@link
 * #endpointConfig}, which the bundled server does by itself and an embedder does with {@code
 * serverContainer.addEndpoint(transport.endpointConfig())}.
 */
public final class WebSocketTransport implements Transport {
    /** The transport's name, and its type in a configuration. */
    public static final String NAME = "websocket";

    /** Where clients connect when nothing else is said. */
    public static final String DEFAULT_PATH = "/ws";

    /** The sub-protocol that clients may ask for, and that is then confirmed to them. */
    public static final String SUBPROTOCOL = "changecast.v1";

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(4);
    private static final Pattern PLAIN_PATH = Pattern.compile("/[A-Za-z0-9._~/-]*");

    private final ServerEndpointConfig endpointConfig;
    private final Closer closer;
    private volatile @Nullable SessionGateway gateway;

    /** At {@link #DEFAULT_PATH}. */
    public WebSocketTransport() {
        this(DEFAULT_PATH);
    }

    /**
     * @param path where clients connect, from the root of the container's application
     * @throws ChangecastException when it is no plain path
     */
    public WebSocketTransport(String path) {
        this(path, CLOSE_TIMEOUT);
    }

    WebSocketTransport(String path, Duration closeTimeout) {
        if (!PLAIN_PATH.matcher(requireNonNull(path, "path is null")).matches()) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION,
                    "the path of transport websocket must start with / and hold only letters, digits and ._~-/, not: "
                            + path);
        }
        this.endpointConfig = ServerEndpointConfig.Builder.create(ClientEndpoint.class, path)
                .subprotocols(List.of(SUBPROTOCOL))
                .configurator(new HandshakeCapture(this))
                .build();
        this.closer = new Closer(closeTimeout);
    }

    @Override
    public String name() {
        return NAME;
    }

    /** What a container has to host. */
    public ServerEndpointConfig endpointConfig() {
        return endpointConfig;
    }

    @Override
    public List<WebComponent> components() {
        return List.of(new WebComponent(endpointConfig.getPath(), endpointConfig));
    }

    @Override
    public void start(SessionGateway gateway) {
        this.gateway = requireNonNull(gateway, "gateway is null");
    }

    /** Where connections go; null before {@link #start} and after {@link #close}, when none are taken. */
    @Nullable
    SessionGateway gateway() {
        return gateway;
    }

    Closer closer() {
        return closer;
    }

    @Override
    public void close() {
        gateway = null;
    }
}
