package dev.changecast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.testing.FaultProxy.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultProxyTest {
    private ServerSocket server;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread echo = new Thread(this::echoAll, "echo");
        echo.setDaemon(true);
        echo.start();
        proxy = FaultProxy.to(server.getLocalPort());
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        server.close();
    }

    private void echoAll() {
        while (true) {
            try {
                Socket socket = server.accept();
                Thread thread = new Thread(() -> echo(socket), "echo-connection");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void echo(Socket socket) {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            // The connection was reset, as tests do.
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static void assertEcho(Socket socket, String text) throws IOException {
        byte[] bytes = text.getBytes();
        socket.getOutputStream().write(bytes);
        assertThat(socket.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
    }

    @Test
    void whatIsSentComesThroughInBothDirectionsAndSoDoesTheEnd() throws IOException {
        try (Socket socket = connect()) {
            assertEcho(socket, "hello");
            assertEcho(socket, "x".repeat(100_000));
            socket.shutdownOutput();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(proxy.passed(Direction.TO_SERVER)).isEqualTo(100_005);
        assertThat(proxy.passed(Direction.TO_CLIENT)).isEqualTo(100_005);
        Eventually.await("the connection to be forgotten", () -> proxy.connections() == 0);
        assertThat(proxy.accepted()).isEqualTo(1);
    }

    @Test
    void aCutEndsOpenConnectionsAndTakesNewOnes() throws IOException {
        try (Socket socket = connect()) {
            assertEcho(socket, "before");
            proxy.cut();
            assertThatThrownBy(() -> {
                        if (socket.getInputStream().read() < 0) {
                            throw new IOException("the end");
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(SocketTimeoutException.class);
        }
        try (Socket socket = connect()) {
            assertEcho(socket, "after");
        }
    }

    @Test
    void refusedConnectionsAreReset() throws IOException {
        proxy.refuse(true);
        assertThatThrownBy(() -> {
                    try (Socket socket = connect()) {
                        assertEcho(socket, "x");
                    } catch (AssertionError e) {
                        throw new IOException(e);
                    }
                })
                .isInstanceOf(IOException.class);
        proxy.heal();
        try (Socket socket = connect()) {
            assertEcho(socket, "after");
        }
    }

    @Test
    void aBlackHoleHoldsBackOneDirectionUntilItIsHealed() throws IOException {
        try (Socket socket = connect()) {
            assertEcho(socket, "before");
            proxy.blackHole(Direction.TO_CLIENT);
            socket.getOutputStream().write("held back".getBytes());
            Eventually.await(
                    "the server's side to have it",
                    () -> proxy.passed(Direction.TO_SERVER) == "beforeheld back".length());
            socket.setSoTimeout(100);
            InputStream in = socket.getInputStream();
            assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
            proxy.heal();
            socket.setSoTimeout(10_000);
            assertThat(in.readNBytes(9)).isEqualTo("held back".getBytes());
        }
    }

    @Test
    void aDelayIsKept() throws IOException {
        try (Socket socket = connect()) {
            assertEcho(socket, "before");
            proxy.delay(Direction.TO_SERVER, Duration.ofMillis(200));
            long began = System.nanoTime();
            assertEcho(socket, "late");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(180));
        }
    }

    @Test
    void aThrottledDirectionTrickles() throws IOException {
        try (Socket socket = connect()) {
            proxy.throttle(Direction.TO_CLIENT, 20_000);
            long began = System.nanoTime();
            assertEcho(socket, "x".repeat(8_000));
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(300));
            proxy.heal();
            began = System.nanoTime();
            assertEcho(socket, "x".repeat(8_000));
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        }
        assertThatThrownBy(() -> proxy.throttle(Direction.TO_CLIENT, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
