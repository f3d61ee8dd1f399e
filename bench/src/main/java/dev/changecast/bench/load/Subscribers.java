package dev.changecast.bench.load;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Many WebSocket clients on one thread, which count what they get and cost as little as they can: one buffer for all
 * reads, no objects for messages, the time read on a part of the connections only.
 */
public final class Subscribers implements Closeable {
    /** A server's largest frame must fit. */
    private static final int BUFFER_BYTES = 4 << 20;
    /** Ports of one source address suffice for this many. */
    private static final int CONNECTING_AT_ONCE = 200;

    private static final int TIMED_CLIENTS = 50;

    private final Dialect dialect;
    private final Numbers numbers;
    private final Selector selector;
    private final Thread thread;
    private final List<Link> links = new ArrayList<>();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Frames frames = new Frames(buffer, this::frame);
    private final AtomicInteger ready = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong lastDelivery = new AtomicLong();

    private Link current;
    private long deliveries;
    private int hint;
    private int timedFrom = Integer.MAX_VALUE;
    private long[] latencies = new long[1 << 16];
    private int latencyCount;
    private volatile boolean closed;

    @SuppressWarnings("NullAway.Init")
    private Subscribers(Dialect dialect, Numbers numbers) throws IOException {
        this.dialect = dialect;
        this.numbers = numbers;
        selector = Selector.open();
        thread = new Thread(this::run, "bench-subscribers");
        thread.setDaemon(true);
    }

    /**
     * Connects and waits until all are ready.
     *
     * @param numbers what the messages are numbered by; from its beginning, so nothing may have been published with it
     */
    public static Subscribers connect(InetSocketAddress server, Dialect dialect, int count, Numbers numbers)
            throws IOException, TimeoutException {
        Subscribers subscribers = new Subscribers(dialect, numbers);
        try {
            subscribers.thread.start();
            subscribers.connect(server, count);
            return subscribers;
        } catch (IOException | TimeoutException | RuntimeException e) {
            subscribers.close();
            throw e;
        }
    }

    private void connect(InetSocketAddress server, int count) throws IOException, TimeoutException {
        byte[] handshake = ("GET " + dialect.path() + " HTTP/1.1\r\nHost: " + server.getHostString() + ":"
                        + server.getPort() + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        int timedEvery = Math.max(1, count / TIMED_CLIENTS);
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open();
            channel.bind(LocalAddress.next());
            channel.connect(server);
            channel.write(ByteBuffer.wrap(handshake));
            channel.configureBlocking(false);
            Link link = new Link(i, channel, i % timedEvery == 0);
            links.add(link);
            submit(() -> register(link));
            int connecting = Math.max(0, i - CONNECTING_AT_ONCE);
            await("clients to be ready", TimeUnit.SECONDS.toNanos(20), () -> ready.get() >= connecting);
        }
        await("all " + count + " clients to be ready", TimeUnit.SECONDS.toNanos(60), () -> ready.get() >= count);
    }

    private void register(Link link) {
        try {
            link.channel.register(selector, SelectionKey.OP_READ, link);
        } catch (IOException e) {
            lose(link, e.toString());
        }
    }

    // ---- what the owner asks

    public int count() {
        return links.size();
    }

    /** How many messages all clients together have got. */
    public long delivered() {
        return delivered.get();
    }

    /** How many of the messages that were numbered a client has yet to get, on average. */
    public int behind() {
        return numbers.taken() - (int) (delivered.get() / links.size());
    }

    /** When the last message came, of {@link System#nanoTime}. */
    public long lastDelivery() {
        return lastDelivery.get();
    }

    /**
     * Waits until everybody has everything that was numbered so far.
     *
     * @throws IllegalStateException when anybody lacks something, or has it twice, or was disconnected
     */
    public void awaitAll(long timeoutNanos) throws TimeoutException {
        int published = numbers.taken();
        long expected = (long) published * links.size();
        TimeoutException late = null;
        try {
            await("everything to be delivered", timeoutNanos, () -> delivered.get() >= expected);
        } catch (TimeoutException e) {
            late = e;
        }
        List<String> wrong = ask(() -> differences(published));
        if (!wrong.isEmpty()) {
            throw new IllegalStateException(wrong.size() + " of " + links.size() + " clients did not get each of "
                    + published + " messages once: " + String.join("; ", wrong.subList(0, Math.min(3, wrong.size()))));
        }
        if (late != null) {
            throw late;
        }
    }

    private List<String> differences(int published) {
        long sum = Numbers.sumBelow(published);
        List<String> wrong = new ArrayList<>();
        for (Link link : links) {
            if (link.count != published || link.sum != sum) {
                wrong.add("client " + link.number + " got " + link.count
                        + (link.count == published ? ", but not these" : "")
                        + (link.lost == null ? "" : ", then " + link.lost));
            }
        }
        return wrong;
    }

    /** From now on the time of messages is taken. */
    public void beginTiming() {
        int from = numbers.taken();
        ask(() -> {
            timedFrom = from;
            latencyCount = 0;
            return true;
        });
    }

    /** How long messages took from being sent to a client, in nanoseconds. */
    public long[] latencies() {
        return ask(() -> Arrays.copyOf(latencies, latencyCount));
    }

    private <T> T ask(java.util.function.Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        submit(() -> answer.complete(question.get()));
        return answer.join();
    }

    private void submit(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    private void await(String what, long timeoutNanos, java.util.function.BooleanSupplier condition)
            throws TimeoutException {
        long deadline = System.nanoTime() + timeoutNanos;
        while (!condition.getAsBoolean()) {
            if (lost.get() > 0) {
                throw new IllegalStateException(
                        lost.get() + " clients were disconnected while waiting for " + what + "; the first: "
                                + ask(() -> links.stream()
                                        .filter(link -> link.lost != null)
                                        .findFirst()
                                        .map(link -> String.valueOf(link.lost))
                                        .orElse("")));
            }
            if (System.nanoTime() > deadline) {
                throw new TimeoutException("waited too long for " + what + ": " + ready.get() + " are ready, "
                        + delivered.get() + " messages were delivered");
            }
            LockSupport.parkNanos(200_000);
        }
    }

    // ---- the generator's thread

    private void run() {
        try {
            while (!closed) {
                long before = deliveries;
                selector.select(this::read);
                if (deliveries != before) {
                    lastDelivery.set(System.nanoTime());
                    delivered.set(deliveries);
                }
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            for (Link link : links) {
                try {
                    link.channel.close();
                } catch (IOException e) {
                    // It was to be closed.
                }
            }
        }
    }

    private void read(SelectionKey key) {
        Link link = (Link) key.attachment();
        current = link;
        buffer.clear();
        link.restore(buffer);
        try {
            if (link.channel.read(buffer) < 0) {
                lose(link, "the server closed the connection");
                return;
            }
            buffer.flip();
            if (link.open || upgraded(link)) {
                frames.read();
            }
            link.keep(buffer);
        } catch (IOException e) {
            lose(link, e.toString());
        }
    }

    private boolean upgraded(Link link) throws IOException {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(0, bytes);
        String head = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = head.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        if (!head.startsWith("HTTP/1.1 101")) {
            throw new IOException(
                    "the server answered " + head.lines().findFirst().orElse(""));
        }
        buffer.position(end + 4);
        link.open = true;
        for (String message : dialect.opening(link.number)) {
            link.send(message);
        }
        if (dialect.readyWhenOpen()) {
            becomeReady(link);
        }
        return true;
    }

    private void becomeReady(Link link) {
        if (!link.ready) {
            link.ready = true;
            ready.incrementAndGet();
        }
    }

    private void lose(Link link, String why) {
        link.lost = why;
        lost.incrementAndGet();
        try {
            link.channel.close();
        } catch (IOException e) {
            // It is gone all the same.
        }
    }

    private void frame(int opcode, int from, int to) throws IOException {
        Link link = current;
        switch (opcode) {
            case 1, 2 -> message(link, from, to);
            case 8 -> lose(link, "the server closed with " + (to - from >= 2 ? buffer.getShort(from) & 0xffff : 0));
            case 9 -> link.pong(bytes(from, to));
            default -> {}
        }
    }

    private void message(Link link, int from, int to) throws IOException {
        int at = dialect.numbered() ? mark(from, to) : -1;
        if (at < 0) {
            Dialect.Reaction reaction =
                    dialect.control(link.number, new String(bytes(from, to), StandardCharsets.UTF_8));
            for (String answer : reaction.answers()) {
                link.send(answer);
            }
            if (reaction.ready()) {
                becomeReady(link);
            }
            return;
        }
        deliver(link, Numbered.read(buffer, at));
        while (dialect.severalInOneFrame() && (at = Numbered.find(buffer, at + Numbered.size(), to)) >= 0) {
            deliver(link, Numbered.read(buffer, at));
        }
    }

    /** The mark is nearly always where it was last. */
    private int mark(int from, int to) {
        int expected = from + hint;
        if (expected + Numbered.size() <= to && Numbered.isAt(buffer, expected)) {
            return expected;
        }
        int at = Numbered.find(buffer, from, to);
        if (at >= 0) {
            hint = at - from;
        }
        return at;
    }

    private void deliver(Link link, int number) {
        deliveries++;
        link.count++;
        link.sum += Numbers.mixed(number);
        if (link.timed && number >= timedFrom) {
            if (latencyCount == latencies.length) {
                latencies = Arrays.copyOf(latencies, latencyCount * 2);
            }
            latencies[latencyCount++] = System.nanoTime() - numbers.sentAt(number);
        }
    }

    private byte[] bytes(int from, int to) {
        byte[] bytes = new byte[to - from];
        buffer.get(from, bytes);
        return bytes;
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            thread.join();
            selector.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
