package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Transport;
import dev.changecast.testing.PollClient;
import dev.changecast.testing.ProtocolClient;
import dev.changecast.transport.longpoll.LongPollTransport;
import java.time.Duration;
import java.util.Map;

class LongPollContractIT extends HostedContract {
    @Override
    protected Transport transport() {
        return new LongPollTransport("/poll", Duration.ofSeconds(2));
    }

    @Override
    protected ProtocolClient connect(Map<String, String> headers) {
        return PollClient.connect(at("http", "/poll?test=a%20b"), headers);
    }
}
