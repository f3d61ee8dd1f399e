package dev.changecast.http.grizzly;

import com.sun.management.OperatingSystemMXBean;
import dev.changecast.api.transport.Payload;
import dev.changecast.http.grizzly.RecordingGateway.Client;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/**
 * Measures the server's processor time per delivered message, with subscribers in another process. Run it by hand:
 * {@code java -cp <test class path> dev.changecast.http.grizzly.DeliveryMeasurement 1000 249}.
 */
final class DeliveryMeasurement {
    private static final int DELIVERIES = 4_000_000;

    private DeliveryMeasurement() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("subscribe")) {
            subscribe(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
            return;
        }
        int subscribers = Integer.parseInt(arguments[0]);
        int messageBytes = Integer.parseInt(arguments[1]);
        try (TestPort port = new TestPort(new RecordingGateway())) {
            long before = usedAfterCollection();
            Process generator = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            DeliveryMeasurement.class.getName(),
                            "subscribe",
                            String.valueOf(port.http.port()),
                            String.valueOf(subscribers))
                    .inheritIO()
                    .start();
            try {
                List<Client> clients = new ArrayList<>();
                for (int i = 0; i < subscribers; i++) {
                    clients.add(port.gateway.next());
                }
                System.out.printf(
                        Locale.ROOT,
                        "heap per idle connection: %d bytes%n",
                        (usedAfterCollection() - before) / subscribers);
                for (int batch : new int[] {1, 16, 1, 16, 64}) {
                    measure(clients, batch, messageBytes);
                }
            } finally {
                generator.destroy();
            }
        }
    }

    private static void measure(List<Client> clients, int batchSize, int messageBytes) throws Exception {
        int rounds = Math.max(20, DELIVERIES / clients.size() / batchSize / (batchSize == 1 ? 4 : 1));
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        run(clients, batchSize, messageBytes, rounds / 4);
        long cpu = system.getProcessCpuTime();
        long began = System.nanoTime();
        run(clients, batchSize, messageBytes, rounds);
        double deliveries = (double) rounds * batchSize * clients.size();
        System.out.printf(
                Locale.ROOT,
                "batches of %d: %.2f us of processor time per delivery, %.0f deliveries/s%n",
                batchSize,
                (system.getProcessCpuTime() - cpu) / deliveries / 1000,
                deliveries / ((System.nanoTime() - began) / 1e9));
    }

    private static void run(List<Client> clients, int batchSize, int messageBytes, int rounds)
            throws InterruptedException {
        for (int round = 0; round < rounds; round++) {
            List<Payload> batch = IntStream.range(0, batchSize)
                    .mapToObj(n -> Payload.of("x".repeat(messageBytes)))
                    .toList();
            CountDownLatch written = new CountDownLatch(clients.size());
            for (Client client : clients) {
                client.connection.write(batch, delivered -> written.countDown());
            }
            written.await();
        }
    }

    /** Reads and throws away, on one thread. */
    private static void subscribe(int port, int count) throws Exception {
        Selector selector = Selector.open();
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
            channel.write(ByteBuffer.wrap(RawClient.handshake("/ws")));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
        }
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 18);
        while (!selector.keys().isEmpty()) {
            selector.select(key -> {
                try {
                    buffer.clear();
                    if (((SocketChannel) key.channel()).read(buffer) < 0) {
                        key.channel().close();
                    }
                } catch (java.io.IOException e) {
                    key.cancel();
                }
            });
        }
    }

    private static long usedAfterCollection() {
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
