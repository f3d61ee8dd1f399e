package dev.changecast.server.browser;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy before a server, on the loopback interface, that knows WebSockets or does not, as it is told: then it answers
 * their handshakes itself and ends those that are open, and lets all else through. It can also answer for some paths, so
 * that pages of a test have the origin of the server. Thread-safe.
 */
public final class UpgradeProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int MAX_HEAD_BYTES = 64 * 1024;

    private final ServerSocket listening;
    private final IntSupplier target;
    private final Map<String, Page> pages = new ConcurrentHashMap<>();
    private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();
    private final AtomicInteger upgrades = new AtomicInteger();
    private final AtomicInteger polls = new AtomicInteger();
    private volatile boolean refusing;
    private volatile boolean closed;

    /** What is answered for a path. */
    private record Page(String contentType, byte[] content) {}

    private UpgradeProxy(IntSupplier target) throws IOException {
        this.target = target;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("upgrade-proxy", this::accept);
    }

    /** @param target the server's port on the loopback interface, asked for each connection */
    public static UpgradeProxy to(IntSupplier target) throws IOException {
        return new UpgradeProxy(target);
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** Where clients connect. */
    public String url() {
        return "http://127.0.0.1:" + port();
    }

    /** Answers this for a path, in the place of the server. */
    public UpgradeProxy serve(String path, String contentType, byte[] content) {
        pages.put(path, new Page(contentType, content));
        return this;
    }

    /** Refuses WebSockets from now on, the open ones too, or takes them again. */
    public void refuseUpgrades(boolean refuse) {
        refusing = refuse;
        if (refuse) {
            exchanges.stream().filter(exchange -> exchange.upgraded).forEach(Exchange::end);
        }
    }

    /** Ends all connections; new ones are taken. */
    public void cut() {
        exchanges.forEach(Exchange::end);
    }

    /** How many WebSockets are open. */
    public int webSockets() {
        return (int) exchanges.stream().filter(exchange -> exchange.upgraded).count();
    }

    /** How many WebSockets were let through. */
    public int upgrades() {
        return upgrades.get();
    }

    /** How many requests of long polling were let through. */
    public int polls() {
        return polls.get();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        listening.close();
        exchanges.forEach(Exchange::end);
    }

    private void accept() {
        while (!closed) {
            try {
                Exchange exchange = new Exchange(listening.accept());
                exchanges.add(exchange);
                if (closed) {
                    exchange.end();
                }
                start("upgrade-proxy-up", exchange::serve);
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** One connection of a client, and the one to the server that belongs to it. */
    private final class Exchange {
        private final Socket client;
        private final Socket server = new Socket();
        private volatile boolean upgraded;

        Exchange(Socket client) {
            this.client = client;
        }

        void serve() {
            try {
                client.setTcpNoDelay(true);
                InputStream in = new BufferedInputStream(client.getInputStream(), BUFFER_BYTES);
                for (String head = head(in); head != null; head = head(in)) {
                    if (!pass(head, in)) {
                        break;
                    }
                }
            } catch (IOException e) {
                // One of both has gone: so does the other.
            } finally {
                end();
            }
        }

        /** Returns whether another request may follow. */
        private boolean pass(String head, InputStream in) throws IOException {
            String path = head.split("[ ?]", 3)[1];
            Page page = pages.get(path);
            if (page != null) {
                answer("200 OK", page.contentType, page.content);
                return true;
            }
            boolean upgrade = head.toLowerCase(Locale.ROOT).contains("\r\nupgrade: websocket");
            if (upgrade && refusing) {
                answer("403 Forbidden", "text/plain", "No WebSockets here.".getBytes(StandardCharsets.UTF_8));
                return true;
            }
            if (!server.isConnected()) {
                server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target.getAsInt()));
                server.setTcpNoDelay(true);
                start("upgrade-proxy-down", this::pumpDown);
            }
            OutputStream out = server.getOutputStream();
            if (upgrade) {
                upgraded = true;
                upgrades.incrementAndGet();
                if (refusing) {
                    return false;
                }
            } else if (path.equals("/poll")) {
                polls.incrementAndGet();
            }
            out.write(head.getBytes(StandardCharsets.ISO_8859_1));
            copy(in, out, upgrade ? Long.MAX_VALUE : contentLength(head));
            return !upgrade;
        }

        private void answer(String status, String contentType, byte[] content) throws IOException {
            String head = "HTTP/1.1 " + status + "\r\nContent-Type: " + contentType + "\r\nContent-Length: "
                    + content.length + "\r\nCache-Control: no-store\r\n\r\n";
            OutputStream out = client.getOutputStream();
            out.write(head.getBytes(StandardCharsets.ISO_8859_1));
            out.write(content);
        }

        private void pumpDown() {
            try {
                copy(server.getInputStream(), client.getOutputStream(), Long.MAX_VALUE);
            } catch (IOException e) {
                // As above.
            } finally {
                end();
            }
        }

        void end() {
            exchanges.remove(this);
            for (Socket socket : new Socket[] {client, server}) {
                try {
                    socket.close();
                } catch (IOException e) {
                    throw new IllegalStateException("a socket cannot be closed", e);
                }
            }
        }
    }

    /** The head of a request, with the empty line that ends it; null at the end of the connection. */
    private static @Nullable String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < MAX_HEAD_BYTES) {
            int next = in.read();
            if (next < 0) {
                return null;
            }
            head.append((char) next);
            if (next == '\n' && head.length() > 4 && head.lastIndexOf("\r\n\r\n") == head.length() - 4) {
                return head.toString();
            }
        }
        throw new IOException("a head of more than " + MAX_HEAD_BYTES + " bytes");
    }

    private static long contentLength(String head) {
        return head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
                .mapToLong(line ->
                        Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
                .findFirst()
                .orElse(0);
    }

    private static void copy(InputStream in, OutputStream out, long bytes) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (long left = bytes; left > 0; ) {
            int length = in.read(buffer, 0, (int) Math.min(left, BUFFER_BYTES));
            if (length < 0) {
                return;
            }
            out.write(buffer, 0, length);
            left -= length;
        }
    }
}
