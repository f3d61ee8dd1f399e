/**
 * Messages that services publish through Redis Pub/Sub. {@link dev.changecast.ingress.redis.RedisIngress} subscribes to the
 * channels that name users, rooms, roles and everybody, brings each message into the form of {@code POST /api/publish},
 * and hands it to a {@link dev.changecast.ingress.redis.MessageSink}: an engine in this process, or whatever else publishes.
 *
 * <p>The way of a message: {@code Channels} tells whom it is for, {@code PublishForm} what it says, {@code Delivery} keeps
 * it in a bounded queue until the sink has taken it.
 */
@NullMarked
package dev.changecast.ingress.redis;

import org.jspecify.annotations.NullMarked;
