/**
 * Entries of Redis Streams as changes. {@link dev.changecast.source.redis.RedisStreamsSource} reads in one of two ways:
 * {@code FanOut} gives every entry by a cursor of its own, {@code WorkQueue} what a consumer group hands to this process.
 *
 * <p>The way of an entry: {@code RedisConnection} brings it, {@code EntryMapping} makes a row of it, {@code FanOut} or
 * {@code WorkQueue} gives it its position. Whether anything was lost meanwhile, {@code Continuity} tells.
 */
@NullMarked
package dev.changecast.source.redis;

import org.jspecify.annotations.NullMarked;
