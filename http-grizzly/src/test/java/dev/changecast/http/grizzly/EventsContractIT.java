package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Transport;
import dev.changecast.testing.EventsClient;
import dev.changecast.testing.ProtocolClient;
import dev.changecast.transport.sse.EventsTransport;
import java.util.Map;

class EventsContractIT extends HostedContract {
    @Override
    protected Transport transport() {
        return new EventsTransport();
    }

    @Override
    protected ProtocolClient connect(Map<String, String> headers) {
        return EventsClient.connect(at("http", "/events?collection=users&test=a%20b"), headers);
    }

    @Override
    protected boolean takesMessages() {
        return false;
    }
}
