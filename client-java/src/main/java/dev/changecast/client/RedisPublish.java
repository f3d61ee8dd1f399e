package dev.changecast.client;

/**
 * Redis' command {@code PUBLISH}, by whatever client of Redis a service has: {@code jedis::publish}. Called by one thread.
 */
@FunctionalInterface
public interface RedisPublish {
    /**
     * @return how many subscribers got it. None is taken for a failure, since Redis keeps nothing; in a Redis Cluster,
     *     which counts those of one node alone, give 1
     * @throws Exception when it is not known to have been published; it is tried again
     */
    long publish(String channel, String message) throws Exception;
}
