package dev.changecast.http.grizzly;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.FrameWriter;
import dev.changecast.api.transport.Handshake;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.glassfish.tyrus.core.DebugContext;
import org.glassfish.tyrus.core.TyrusWebSocketEngine;
import org.glassfish.tyrus.server.TyrusServerContainer;
import org.glassfish.tyrus.spi.UpgradeRequest;
import org.glassfish.tyrus.spi.UpgradeResponse;
import org.glassfish.tyrus.spi.WebSocketEngine;
import org.glassfish.tyrus.spi.WebSocketEngine.UpgradeInfo;

/** Tyrus, with the endpoints of one port, but without a server of its own. */
final class EndpointContainer extends TyrusServerContainer {
    private static final String ROOT = "/";

    private final Map<String, Object> properties = new HashMap<>();
    /** What this host tells the session whose handshake runs on this thread. */
    private final ThreadLocal<Map<String, Object>> told = ThreadLocal.withInitial(Map::of);

    private final TyrusWebSocketEngine engine;

    /**
     * @param endpoints by path
     * @throws ChangecastException when one of them cannot be used
     */
    EndpointContainer(Map<String, ServerEndpointConfig> endpoints) {
        super((Set<Class<?>>) null);
        // Not 0: with it Tyrus starts a timer of no time for each message that arrives.
        setDefaultMaxSessionIdleTimeout(-1);
        engine = TyrusWebSocketEngine.builder(this)
                // What a client may send is bounded by the frame scanner; this would bound what one read may bring.
                .incomingBufferSize(Integer.MAX_VALUE)
                .tracingType(DebugContext.TracingType.OFF)
                .build();
        try {
            for (Map.Entry<String, ServerEndpointConfig> endpoint : endpoints.entrySet()) {
                register(new HostedEndpointConfig(endpoint.getKey(), endpoint.getValue(), told::get));
            }
            start(ROOT, 0);
        } catch (DeploymentException | IOException e) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION, "a WebSocket endpoint cannot be used: " + e.getMessage(), e);
        }
        doneDeployment();
    }

    /** Shakes hands. The session that follows has handshake and writer in its user properties. */
    UpgradeInfo upgrade(UpgradeRequest request, UpgradeResponse response, Handshake handshake, FrameWriter writer) {
        told.set(Map.of(Handshake.PROPERTY, handshake, FrameWriter.PROPERTY, writer));
        try {
            return engine.upgrade(request, response);
        } finally {
            told.remove();
        }
    }

    @Override
    public void register(Class<?> endpointClass) throws DeploymentException {
        engine.register(endpointClass, ROOT);
    }

    @Override
    public void register(ServerEndpointConfig config) throws DeploymentException {
        engine.register(config, ROOT);
    }

    @Override
    public WebSocketEngine getWebSocketEngine() {
        return engine;
    }

    @Override
    public Map<String, Object> getProperties() {
        return properties;
    }
}
