package dev.changecast.ingress.redis;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Takes the messages that came from Redis.
 *
 * @param <M> a message as the sink understands it
 */
public interface MessageSink<M> {
    /**
     * Reads one message. Called by the thread that reads from Redis; must not block.
     *
     * @param json one message as {@code POST /api/publish} takes it
     * @throws IllegalArgumentException with what is wrong with it and nothing of its content: it is logged
     */
    M read(String json);

    /**
     * Publishes messages in this order. Called by one thread, the next time when what was returned has completed.
     *
     * @return completes when they are published. Fails with an {@link IllegalArgumentException} when one of them never can
     *     be, and none was; with anything else when they may be given again, which they are until they are taken
     */
    CompletionStage<?> publish(List<M> messages);
}
