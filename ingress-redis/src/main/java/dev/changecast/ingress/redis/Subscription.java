package dev.changecast.ingress.redis;

import java.util.function.BiConsumer;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** One connection on which messages arrive, until it ends. */
final class Subscription extends BinaryJedisPubSub {
    private final Jedis connection;
    private final int patterns;
    private final Runnable subscribed;
    private final BiConsumer<byte[], byte[]> messages;
    private volatile long heard = System.nanoTime();
    private volatile boolean silent;

    /**
     * @param patterns how many it subscribes to
     * @param subscribed called once Redis has confirmed them all
     * @param messages gets channel and payload
     */
    Subscription(Jedis connection, int patterns, Runnable subscribed, BiConsumer<byte[], byte[]> messages) {
        this.connection = connection;
        this.patterns = patterns;
        this.subscribed = subscribed;
        this.messages = messages;
    }

    @Override
    public void onPSubscribe(byte[] pattern, int subscribedChannels) {
        heard = System.nanoTime();
        if (subscribedChannels == patterns) {
            subscribed.run();
        }
    }

    @Override
    public void onPMessage(byte[] pattern, byte[] channel, byte[] message) {
        heard = System.nanoTime();
        messages.accept(channel, message);
    }

    @Override
    public void onPong(byte[] pattern) {
        heard = System.nanoTime();
    }

    /** Asks for a sign of life; ends a connection that has given none for so long. Any thread. */
    void probe(long mostNanos) {
        if (System.nanoTime() - heard > mostNanos) {
            silent = true;
            end();
            return;
        }
        try {
            ping();
        } catch (JedisException e) {
            // It is ending, as the reading thread finds out by itself.
            end();
        }
    }

    /** Whether it was ended since nothing came any more. */
    boolean wasSilent() {
        return silent;
    }

    /** Any thread; the reading one comes back from its call. Idempotent. */
    void end() {
        try {
            connection.disconnect();
        } catch (JedisException e) {
            // Closed all the same.
        }
    }
}
