package dev.changecast.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A benchmark that does not notice losses measures nothing. */
class SubscribersTest {
    private static final int CLIENTS = 3;

    private final Numbers numbers = new Numbers();
    private final List<Socket> sockets = new ArrayList<>();
    private final ServerSocket server;
    private final Subscribers subscribers;

    SubscribersTest() throws Exception {
        server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        Thread accepting = new Thread(this::accept, "accept");
        accepting.start();
        subscribers = Subscribers.connect(
                new InetSocketAddress(server.getInetAddress(), server.getLocalPort()),
                Dialect.plain("/"),
                CLIENTS,
                numbers);
        accepting.join();
    }

    private void accept() {
        try {
            for (int i = 0; i < CLIENTS; i++) {
                Socket socket = server.accept();
                assertThat(socket.getInputStream().read(new byte[1000])).isPositive();
                socket.getOutputStream()
                        .write("HTTP/1.1 101 Switching Protocols\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                sockets.add(socket);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() throws IOException {
        subscribers.close();
        for (Socket socket : sockets) {
            socket.close();
        }
        server.close();
    }

    @Test
    void everythingOnceIsRightInAnyOrderAndHoweverItIsCut() throws Exception {
        take(2);
        byte[] both = frames(1, 0);
        for (Socket socket : sockets) {
            for (byte one : both) {
                socket.getOutputStream().write(one);
            }
        }
        awaitAll();
        assertThat(subscribers.delivered()).isEqualTo(2 * CLIENTS);
    }

    @Test
    void aLostMessageIsNoticed() throws Exception {
        take(2);
        send(0, 0, 1);
        send(1, 0, 1);
        send(2, 0);
        assertThatThrownBy(() -> subscribers.awaitAll(TimeUnit.MILLISECONDS.toNanos(300)))
                .hasMessageContaining("1 of 3 clients")
                .hasMessageContaining("client 2 got 1");
    }

    @Test
    void oneMessageTwiceInPlaceOfAnotherIsNoticed() throws Exception {
        take(2);
        send(0, 0, 1);
        send(1, 1, 1);
        send(2, 0, 1);
        assertThatThrownBy(this::awaitAll).hasMessageContaining("client 1 got 2, but not these");
    }

    @Test
    void aLostConnectionIsNoticed() throws Exception {
        take(1);
        sockets.get(1).close();
        assertThatThrownBy(this::awaitAll).hasMessageContaining("disconnected");
    }

    @Test
    void latencyIsTakenOfWhatIsSentAfterTimingHasBegun() throws Exception {
        take(1);
        for (int i = 0; i < CLIENTS; i++) {
            send(i, 0);
        }
        awaitAll();
        subscribers.beginTiming();
        take(1);
        for (int i = 0; i < CLIENTS; i++) {
            send(i, 1);
        }
        awaitAll();
        assertThat(subscribers.latencies()).hasSize(CLIENTS).doesNotContain(0L);
    }

    private void take(int count) {
        for (int i = 0; i < count; i++) {
            numbers.sent(numbers.take(), System.nanoTime());
        }
    }

    private void awaitAll() throws Exception {
        subscribers.awaitAll(TimeUnit.SECONDS.toNanos(10));
    }

    private void send(int client, int... which) throws IOException {
        sockets.get(client).getOutputStream().write(frames(which));
    }

    private static byte[] frames(int... which) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (int number : which) {
            byte[] text = Numbered.content(60)
                    .replace(Numbered.mark(0), Numbered.mark(number))
                    .getBytes(StandardCharsets.US_ASCII);
            frames.write(0x81);
            frames.write(text.length);
            frames.writeBytes(text);
        }
        return frames.toByteArray();
    }
}
