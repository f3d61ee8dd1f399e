package dev.changecast.http.grizzly;

import jakarta.websocket.Decoder;
import jakarta.websocket.Encoder;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Somebody's endpoint, on the path where it was put, with what this host adds to each of its sessions. */
final class HostedEndpointConfig implements ServerEndpointConfig {
    private final String path;
    private final ServerEndpointConfig endpoint;
    private final Configurator configurator;

    /** @param told what to add to the user properties of the session whose handshake runs on the calling thread */
    HostedEndpointConfig(String path, ServerEndpointConfig endpoint, Supplier<Map<String, Object>> told) {
        this.path = path;
        this.endpoint = endpoint;
        this.configurator = new HostConfigurator(endpoint.getConfigurator(), told);
    }

    @Override
    public String getPath() {
        return path;
    }

    @Override
    public Configurator getConfigurator() {
        return configurator;
    }

    @Override
    public Class<?> getEndpointClass() {
        return endpoint.getEndpointClass();
    }

    @Override
    public List<String> getSubprotocols() {
        return endpoint.getSubprotocols();
    }

    @Override
    public List<Extension> getExtensions() {
        return endpoint.getExtensions();
    }

    @Override
    public List<Class<? extends Encoder>> getEncoders() {
        return endpoint.getEncoders();
    }

    @Override
    public List<Class<? extends Decoder>> getDecoders() {
        return endpoint.getDecoders();
    }

    @Override
    public Map<String, Object> getUserProperties() {
        return endpoint.getUserProperties();
    }

    private static final class HostConfigurator extends Configurator {
        private final Configurator endpoint;
        private final Supplier<Map<String, Object>> told;

        HostConfigurator(Configurator endpoint, Supplier<Map<String, Object>> told) {
            this.endpoint = endpoint;
            this.told = told;
        }

        @Override
        public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
            config.getUserProperties().putAll(told.get());
            endpoint.modifyHandshake(config, request, response);
        }

        @Override
        public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
            return endpoint.getNegotiatedSubprotocol(supported, requested);
        }

        @Override
        public List<Extension> getNegotiatedExtensions(List<Extension> installed, List<Extension> requested) {
            return endpoint.getNegotiatedExtensions(installed, requested);
        }

        @Override
        public boolean checkOrigin(String origin) {
            return endpoint.checkOrigin(origin);
        }

        @Override
        public <T> T getEndpointInstance(Class<T> endpointClass) throws InstantiationException {
            return endpoint.getEndpointInstance(endpointClass);
        }
    }
}
