package dev.changecast.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** Collects what a client through Redis needs. */
public final class RedisClientBuilder {
    private final RedisPublish redis;
    private final QueueSettings queue = new QueueSettings();
    private String prefix = "websocket:";

    RedisClientBuilder(RedisPublish redis) {
        this.redis = requireNonNull(redis, "redis is null");
    }

    /** How the channels' names begin, as the server's {@code redis_pubsub.prefix} says; {@code websocket:} when not called. */
    public RedisClientBuilder prefix(String prefix) {
        this.prefix = requireNonNull(prefix, "prefix is null");
        return this;
    }

    /** How long a message is tried, from when it was given; 60 seconds when not called, nine minutes at most. */
    public RedisClientBuilder giveUpAfter(Duration time) {
        queue.giveUpAfter(time);
        return this;
    }

    /** How many messages may wait, and about how many bytes; 10 000 and 16 MiB when not called. */
    public RedisClientBuilder queue(int messages, long bytes) {
        queue.bounds(messages, bytes);
        return this;
    }

    public ChangecastClient build() {
        return queue.client(new RedisSender(redis, prefix));
    }
}
