package dev.changecast.server.browser;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Many clients that listen for server-sent events, on one thread: they take what comes and look at none of it. */
final class Listeners implements AutoCloseable {
    private final int port;
    private final Selector selector;
    private final List<SocketChannel> channels = new ArrayList<>();
    private final Thread thread = new Thread(this::take, "listeners");
    private volatile boolean closed;

    Listeners(int port) throws IOException {
        this.port = port;
        this.selector = Selector.open();
        thread.setDaemon(true);
        thread.start();
    }

    /** @param takes whether it reads what is sent to it */
    void add(String pathAndQuery, boolean takes) {
        try {
            SocketChannel channel = SocketChannel.open();
            channel.setOption(java.net.StandardSocketOptions.SO_RCVBUF, takes ? 65536 : 4096);
            channel.connect(new InetSocketAddress("127.0.0.1", port));
            channel.write(ByteBuffer.wrap(("GET " + pathAndQuery + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nAccept: text/event-stream\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII)));
            channels.add(channel);
            if (takes) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ);
                selector.wakeup();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void take() {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
        while (!closed) {
            try {
                selector.select(
                        key -> {
                            try {
                                if (((SocketChannel) key.channel()).read(bytes.clear()) < 0) {
                                    key.cancel();
                                }
                            } catch (IOException gone) {
                                key.cancel();
                            }
                        },
                        100);
            } catch (IOException e) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        selector.close();
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }
}
