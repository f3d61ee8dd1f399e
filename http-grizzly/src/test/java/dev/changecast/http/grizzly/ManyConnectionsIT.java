package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ManyConnectionsIT {
    private static final int CONNECTIONS = 2000;

    @Test
    void twoThousandConnectionsOpenAndCloseAndLeaveNothingBehind() throws Exception {
        try (TestPort port = new TestPort(RecordingGateway.echoing())) {
            // As many before: pools and caches grow with how many there are at once, and only a leak grows every time.
            openAndClose(port, CONNECTIONS);
            int threads = ManagementFactory.getThreadMXBean().getThreadCount();
            long before = usedAfterCollection();
            openAndClose(port, CONNECTIONS);
            assertThat(port.gateway.open).hasValue(0);
            assertThat(port.http.webSockets()).isZero();
            // Threads of the transport that closes come and go; none may stay per connection.
            assertThat(ManagementFactory.getThreadMXBean().getThreadCount()).isLessThan(threads + 20);
            // The last one to close may still be on its way out, and what that holds comes free with it.
            Await.until("what they used to be free again", () -> usedAfterCollection() - before < 4_000_000);
        }
    }

    private static void openAndClose(TestPort port, int count) throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            clients.add(port.raw());
        }
        Await.until("all are open", () -> port.gateway.open.get() == count);
        for (int i = 0; i < count; i++) {
            RawClient client = clients.get(i);
            if (i % 3 == 0) {
                client.send(client.frame(RawClient.CLOSE, true, new byte[] {0x03, (byte) 0xE8}));
            } else if (i % 3 == 1) {
                port.gateway.next().connection.abort();
            }
            client.close();
        }
        port.gateway.opened.clear();
        Await.until("all sockets are gone", () -> port.http.webSockets() == 0);
        Await.until("all sessions are told", () -> port.gateway.open.get() == 0);
    }

    private static long usedAfterCollection() {
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
