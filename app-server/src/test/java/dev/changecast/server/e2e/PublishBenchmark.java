package dev.changecast.server.e2e;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * What a published message costs the server: messages of 250 bytes over HTTP, some requests in flight at a time, each
 * durable before its answer, to 1000 WebSocket subscribers on one address. Subscribers and publishers are this process.
 *
 * <p>{@code mvn -q -pl app-server -am process-test-classes -Pbenchmark -Dbenchmark=PublishBenchmark}
 */
final class PublishBenchmark {
    private static final String KEY = "k-0123456789-0123456789";
    private static final int SUBSCRIBERS = 1000;
    private static final int MESSAGE_BYTES = 250;
    private static final int WARM_UP = 1000;
    private static final int MESSAGES = 4000;

    /** What a message has besides the text in its content. */
    private static final int ENVELOPE_BYTES = 171;

    private static final String CONFIGURATION = """
            server: { port: %d }
            auth: { anonymous: true, api_keys: ["%s"] }
            limits: { connections_per_address: 10000, heartbeat: 10m }
            history: { directory: history }
            """;

    private PublishBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory("changecast-benchmark");
        int port = FreePort.get();
        try (ServerProcess server =
                ServerProcess.startWith(directory, port, CONFIGURATION.formatted(port, KEY), "-Xmx512m")) {
            server.awaitReady();
            Subscribers subscribers = new Subscribers(port);
            subscribers.start();
            subscribers.connected.await();
            // The first time is for the compiler.
            for (int inFlight : List.of(4, 1, 4, 32)) {
                measure(server, subscribers, inFlight);
            }
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        System.exit(0);
    }

    private static void measure(ServerProcess server, Subscribers subscribers, int inFlight) throws Exception {
        publish(server.port(), subscribers, inFlight, WARM_UP);
        Duration before = server.processorTime();
        long began = System.nanoTime();
        publish(server.port(), subscribers, inFlight, MESSAGES);
        double seconds = (System.nanoTime() - began) / 1e9;
        double processor = server.processorTime().minus(before).toNanos() / 1e3;
        double deliveries = (double) MESSAGES * SUBSCRIBERS;
        System.out.printf(
                Locale.ROOT,
                "%d in flight: %.2f us of processor time per delivery, %.0f us per message; %.0f messages/s, %.0f"
                        + " deliveries/s, %d bytes each (%d processors, load %.1f)%n",
                inFlight,
                processor / deliveries,
                processor / MESSAGES,
                MESSAGES / seconds,
                deliveries / seconds,
                subscribers.lastBytes,
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    /** Publishes, and waits until everybody has everything. */
    private static void publish(int port, Subscribers subscribers, int inFlight, int messages) throws Exception {
        long until = subscribers.received.get() + (long) messages * SUBSCRIBERS;
        AtomicInteger left = new AtomicInteger(messages);
        Thread[] publishers = new Thread[inFlight];
        for (int i = 0; i < inFlight; i++) {
            publishers[i] = new Thread(() -> publish(port, left), "publisher-" + i);
            publishers[i].start();
        }
        for (Thread publisher : publishers) {
            publisher.join();
        }
        while (subscribers.received.get() < until) {
            Thread.onSpinWait();
        }
    }

    private static void publish(int port, AtomicInteger left) {
        String body = "{\"to\":\"broadcast\",\"type\":\"bench\",\"content\":\""
                + "x".repeat(MESSAGE_BYTES - ENVELOPE_BYTES) + "\"}";
        byte[] request = ("POST /api/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + KEY
                        + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setTcpNoDelay(true);
            OutputStream out = socket.getOutputStream();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] answer = new byte[4096];
            while (left.getAndDecrement() > 0) {
                out.write(request);
                int read = 0;
                String text;
                do {
                    int more = in.read(answer, read, answer.length - read);
                    if (more < 0) {
                        throw new IOException("the server has closed the connection");
                    }
                    read += more;
                    text = new String(answer, 0, read, StandardCharsets.US_ASCII);
                } while (!text.endsWith("}"));
                if (!text.startsWith("HTTP/1.1 200")) {
                    throw new IOException(text);
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** WebSocket clients that count what they get, on one thread. */
    private static final class Subscribers extends Thread {
        private final Selector selector;
        private final CountDownLatch connected = new CountDownLatch(SUBSCRIBERS);
        private final AtomicLong received = new AtomicLong();
        private volatile int lastBytes;

        private Subscribers(int port) throws IOException {
            super("subscribers");
            setDaemon(true);
            selector = Selector.open();
            byte[] handshake = ("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < SUBSCRIBERS; i++) {
                SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
                channel.write(ByteBuffer.wrap(handshake));
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, new Connection());
            }
        }

        private final class Connection {
            private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
            private boolean upgraded;

            private void read(SocketChannel channel) throws IOException {
                if (channel.read(buffer) < 0) {
                    throw new IOException("the server has closed a connection");
                }
                buffer.flip();
                if (!upgraded) {
                    String text =
                            StandardCharsets.US_ASCII.decode(buffer.duplicate()).toString();
                    int end = text.indexOf("\r\n\r\n");
                    if (end >= 0) {
                        upgraded = true;
                        buffer.position(end + 4);
                    }
                }
                while (upgraded && frame()) {
                    // The next.
                }
                buffer.compact();
            }

            private boolean frame() {
                if (buffer.remaining() < 4) {
                    return false;
                }
                int at = buffer.position();
                int length = buffer.get(at + 1) & 0x7F;
                int head = length == 126 ? 4 : 2;
                length = length == 126 ? buffer.getShort(at + 2) & 0xFFFF : length;
                if (buffer.remaining() < head + length) {
                    return false;
                }
                byte type = length > 10 ? buffer.get(at + head + 9) : 0;
                if (type == 'b') {
                    received.incrementAndGet();
                    lastBytes = length;
                } else if (type == 'w') {
                    connected.countDown();
                }
                buffer.position(at + head + length);
                return true;
            }
        }

        @Override
        public void run() {
            try {
                while (true) {
                    selector.select(key -> {
                        try {
                            ((Connection) key.attachment()).read((SocketChannel) key.channel());
                        } catch (IOException e) {
                            // The server has ended, at the end: otherwise messages are waited for in vain.
                            key.cancel();
                        }
                    });
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
