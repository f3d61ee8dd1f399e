package dev.changecast.transport.sse;

import dev.changecast.api.transport.Transport;
import dev.changecast.testing.EventsClient;
import dev.changecast.testing.ProtocolClient;
import dev.changecast.testing.TransportContract;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

class TomcatContractIT extends TransportContract {
    @TempDir
    private Path directory;

    private @Nullable TomcatHost tomcat;

    @Override
    protected Transport transport() {
        return new EventsTransport();
    }

    @Override
    protected void host(Transport transport) throws Exception {
        tomcat = new TomcatHost(directory, transport.components().get(0));
    }

    @Override
    protected void unhost() throws Exception {
        tomcat.close();
    }

    @Override
    protected ProtocolClient connect(Map<String, String> headers) {
        return EventsClient.connect(tomcat.at("/events?collection=users&test=a%20b"), headers);
    }

    @Override
    protected boolean takesMessages() {
        return false;
    }
}
