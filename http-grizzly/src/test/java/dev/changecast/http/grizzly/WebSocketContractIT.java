package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Transport;
import dev.changecast.testing.ProtocolClient;
import dev.changecast.testing.TestClient;
import dev.changecast.transport.websocket.WebSocketTransport;
import java.util.Map;

class WebSocketContractIT extends HostedContract {
    @Override
    protected Transport transport() {
        return new WebSocketTransport();
    }

    @Override
    protected ProtocolClient connect(Map<String, String> headers) {
        return TestClient.connect(at("ws", "/ws?test=a%20b"), headers);
    }
}
