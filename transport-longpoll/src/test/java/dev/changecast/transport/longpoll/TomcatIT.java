package dev.changecast.transport.longpoll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import dev.changecast.testing.FakeGateway;
import dev.changecast.testing.PollClient;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** In a container that knows nothing of the transport, and has four threads. */
@Timeout(60)
class TomcatIT {
    private static final int POLLS = 100;

    @TempDir
    private Path directory;

    @Test
    void waitingPollsHoldNoThread() throws Exception {
        FakeGateway gateway = new FakeGateway(5000);
        LongPollTransport transport = new LongPollTransport();
        transport.start(gateway);
        try (TomcatHost tomcat =
                new TomcatHost(directory, transport.components().get(0))) {
            URI uri = tomcat.at("/poll");
            List<CompletableFuture<HttpResponse<byte[]>>> polls = new ArrayList<>();
            List<FakeGateway.Opened> sessions = new ArrayList<>();
            for (int i = 0; i < POLLS; i++) {
                polls.add(PollClient.postAsync(uri, Map.of(), "{}"));
                sessions.add(gateway.next());
            }
            Eventually.await("all to wait", () -> sessions.stream().allMatch(session -> session.signsOfLife() > 0));
            assertThat(PollClient.text(PollClient.post(uri, Map.of(), "{\"wait_s\":0}")))
                    .contains("\"messages\":[]");
            sessions.forEach(session -> session.write("{\"type\":\"change\"}"));
            for (CompletableFuture<HttpResponse<byte[]>> poll : polls) {
                assertThat(PollClient.text(poll.get(10, TimeUnit.SECONDS))).contains("\"change\"");
            }
        } finally {
            transport.close();
        }
    }
}
