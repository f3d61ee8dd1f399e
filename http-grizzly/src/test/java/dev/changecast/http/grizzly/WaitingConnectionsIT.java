package dev.changecast.http.grizzly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections that send no request, or none that ends. */
@Timeout(60)
class WaitingConnectionsIT {
    @Test
    void whoHoldsTheMostOfAnAddressGetsNoFurtherOnes() throws Exception {
        try (TestPort port =
                new TestPort(RecordingGateway.echoing(), settings -> settings.waitingConnections(100, 5))) {
            List<RawClient> slow = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                RawClient client = RawClient.plain(port.http.port());
                client.send("GET /ws HTTP/1.1\r\nHost:".getBytes(UTF_8));
                slow.add(client);
            }
            try (RawClient surplus = RawClient.plain(port.http.port())) {
                surplus.awaitEnd();
            }
            // When one has sent its request, it waits no more, however long it stays.
            slow.get(0)
                    .send(
                            " localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
                                    .getBytes(UTF_8));
            assertThat(slow.get(0).readHead()).startsWith("HTTP/1.1 101 ");
            try (RawClient next = port.raw()) {
                next.sendText("{}");
                assertThat(next.readFrame().text()).isEqualTo("{}");
            }
            for (RawClient client : slow) {
                client.close();
            }
        }
    }

    @Test
    void whenTooManyWaitTheOldestGoesSoThatTheNewestIsServed() throws Exception {
        try (TestPort port =
                new TestPort(RecordingGateway.echoing(), settings -> settings.waitingConnections(10, 1000))) {
            List<RawClient> slow = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                RawClient client = RawClient.plain(port.http.port());
                client.send("G".getBytes(UTF_8));
                slow.add(client);
            }
            slow.get(0).awaitEnd();
            try (RawClient honest = port.raw()) {
                honest.sendText("{}");
                assertThat(honest.readFrame().text()).isEqualTo("{}");
            }
            for (RawClient client : slow) {
                client.close();
            }
        }
    }
}
