package dev.changecast.http.grizzly;

import dev.changecast.transport.websocket.WebSocketTransport;
import java.util.List;
import java.util.function.UnaryOperator;

/** A port on the loopback with the WebSocket transport on it. */
final class TestPort implements AutoCloseable {
    final RecordingGateway gateway;
    final WebSocketTransport transport = new WebSocketTransport();
    final HttpPort http;

    TestPort(RecordingGateway gateway) {
        this(gateway, builder -> builder);
    }

    TestPort(RecordingGateway gateway, UnaryOperator<HttpPort.Builder> settings) {
        this.gateway = gateway;
        transport.start(gateway);
        http = settings.apply(HttpPort.builder()
                        .port(0)
                        .maxMessageBytes(RecordingGateway.MAX_MESSAGE_BYTES)
                        .endpoint("/ws", transport.endpointConfig())
                        .gate(gateway::admit))
                .build();
        http.start();
    }

    RawClient raw() throws Exception {
        return RawClient.connected(http.port());
    }

    /** The ways out of the connections that are open. */
    List<SocketFrameWriter> writers() {
        return http.connections().all().map(UpgradedConnection::writer).toList();
    }

    @Override
    public void close() {
        transport.close();
        http.close();
    }
}
