package dev.changecast.ingress.redis;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Subscribes to Redis and hands what services publish there to a {@link MessageSink}. Redis may be away, at the start or
 * at any time: it is tried again and again, after a growing random time. Redis keeps nothing for who is not subscribed,
 * so what is published meanwhile is lost.
 *
 * <p>Thread-safe. Has three threads of its own from {@link #start} to {@link #close}.
 */
public final class RedisIngress implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisIngress.class);
    private static final Duration END = Duration.ofSeconds(2);

    /** How it is doing. */
    public enum State {
        /** Not subscribed yet. */
        CONNECTING,
        SUBSCRIBED,
        /** Subscribed no more, or refused; tried again and again. */
        DISCONNECTED,
        CLOSED
    }

    /**
     * What became of messages since the start.
     *
     * @param received what came from Redis
     * @param published taken on by the sink
     * @param refused malformed ones, which were not published
     * @param dropped those for which there was no room
     * @param waiting those that the sink has not been given yet
     */
    public record Counts(long received, long published, long refused, long dropped, int waiting) {}

    private final RedisServer server;
    private final Channels channels;
    private final int messageBytes;
    private final Duration keepAlive;
    private final Delivery<?> delivery;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread reader = new Thread(this::read, "changecast-redis-reader");
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "changecast-redis-clock");
        thread.setDaemon(true);
        return thread;
    });

    // Guarded by this.
    private State state = State.CONNECTING;
    private @Nullable String reason;
    private @Nullable Subscription open;
    private boolean started;

    private RedisIngress(Builder builder, MessageSink<?> sink) {
        this.server = builder.server;
        this.channels = builder.channels;
        this.messageBytes = builder.messageBytes;
        this.keepAlive = builder.keepAlive;
        this.delivery = new Delivery<>(sink, builder.queueBytes);
        reader.setDaemon(true);
    }

    /** An ingress from this Redis. */
    public static Builder from(RedisServer server) {
        return new Builder(server);
    }

    /** Begins to connect, and returns at once. May be called once. */
    public synchronized void start() {
        if (started || state == State.CLOSED) {
            throw new IllegalStateException("an ingress is started once");
        }
        started = true;
        delivery.start();
        reader.start();
        long nanos = keepAlive.toNanos();
        clock.scheduleWithFixedDelay(this::probe, nanos, nanos, TimeUnit.NANOSECONDS);
    }

    public synchronized State state() {
        return state;
    }

    /** Why it is not subscribed; null when nothing is known against it. */
    public synchronized @Nullable String reason() {
        return reason;
    }

    public Counts counts() {
        return delivery.counts();
    }

    private void probe() {
        Subscription present;
        synchronized (this) {
            present = open;
        }
        if (present != null) {
            present.probe(2 * keepAlive.toNanos());
        }
    }

    private void read() {
        Backoff backoff = new Backoff();
        try {
            do {
                String why = subscribe(backoff);
                lost(why);
            } while (!closing.await(backoff.next().toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            LOG.debug("reading from Redis was interrupted");
        }
    }

    /** Reads until the connection ends; returns why it did. */
    private String subscribe(Backoff backoff) {
        byte[][] patterns = channels.patterns().stream()
                .map(pattern -> pattern.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        Subscription subscription = null;
        try (Jedis connection = server.connect()) {
            subscription = new Subscription(
                    connection,
                    patterns.length,
                    () -> {
                        backoff.reset();
                        subscribed();
                    },
                    this::receive);
            if (opened(subscription)) {
                connection.psubscribe(subscription, patterns);
            }
            return "it ended the subscription";
        } catch (JedisException e) {
            return subscription != null && subscription.wasSilent()
                    ? "nothing came any more, not even answers to PING"
                    : RedisServer.reason(e);
        } finally {
            synchronized (this) {
                open = null;
            }
        }
    }

    private void receive(byte[] channel, byte[] payload) {
        if (closing.getCount() > 0) {
            delivery.receive(channels, channel, payload, messageBytes);
        }
    }

    /** Whether the subscription is wanted still. */
    private synchronized boolean opened(Subscription subscription) {
        open = subscription;
        return state != State.CLOSED;
    }

    private synchronized void subscribed() {
        if (state != State.CLOSED) {
            state = State.SUBSCRIBED;
            reason = null;
            LOG.info("{} is subscribed to: {}", server, channels);
        }
    }

    private synchronized void lost(String why) {
        if (state == State.CLOSED || state == State.DISCONNECTED && why.equals(reason)) {
            return;
        }
        state = State.DISCONNECTED;
        reason = why;
        LOG.warn(
                "{} is not subscribed to: {}; what is published there meanwhile is lost, it is tried again",
                server,
                why);
    }

    /**
     * Reads no more, gives the sink two seconds for what was read, and ends all threads. Waits a little longer than that
     * at most. Idempotent.
     */
    @Override
    public void close() {
        Subscription present;
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            state = State.CLOSED;
            present = open;
        }
        closing.countDown();
        clock.shutdownNow();
        if (present != null) {
            present.end();
        }
        delivery.close(END);
    }

    /** Without any login. */
    @Override
    public String toString() {
        return "messages from " + server;
    }

    /** Collects what an ingress is made of. */
    public static final class Builder {
        private final RedisServer server;
        private Channels channels = new Channels("websocket:");
        private int messageBytes = 512 * 1024;
        private long queueBytes = 8 * 1024 * 1024;
        private Duration keepAlive = Duration.ofSeconds(15);

        private Builder(RedisServer server) {
            this.server = requireNonNull(server, "server is null");
        }

        /**
         * How the names of all channels begin; {@code websocket:} when not called.
         *
         * @throws IllegalArgumentException when it holds anything but letters, digits and {@code _ . : / -}
         */
        public Builder prefix(String prefix) {
            channels = new Channels(prefix);
            return this;
        }

        /** How large a message may be, as it comes from Redis; 512 KiB when not called. */
        public Builder messageBytes(int bytes) {
            messageBytes = (int) positive(bytes, "messageBytes");
            return this;
        }

        /** How much may wait for the sink; what is more is dropped, and counted. 8 MiB when not called. */
        public Builder queueBytes(long bytes) {
            queueBytes = positive(bytes, "queueBytes");
            return this;
        }

        /** How often a sign of life is asked for; a connection that gives none for twice as long is ended. */
        Builder keepAlive(Duration keepAlive) {
            this.keepAlive = keepAlive;
            return this;
        }

        private static long positive(long bytes, String name) {
            if (bytes < 1) {
                throw new IllegalArgumentException(name + " is more than nothing, not " + bytes);
            }
            return bytes;
        }

        /** Makes the ingress; does no input or output. */
        public RedisIngress to(MessageSink<?> sink) {
            return new RedisIngress(this, requireNonNull(sink, "sink is null"));
        }
    }
}
