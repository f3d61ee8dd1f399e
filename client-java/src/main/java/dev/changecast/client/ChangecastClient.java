package dev.changecast.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes messages through a Changecast server. They go out one after the other, in the order in which they were given,
 * several in one request where several wait. What fails is tried again, after growing random times or those that the server
 * asks for, until it is taken or its time is over; by its id no message is published twice. Make one client for a
 * process, and close it. Thread-safe.
 *
 * <p>The methods that return a future never block: when too many messages wait, it fails at once. The others wait for what
 * becomes of the message, and throw a {@link PublishException} when it was not published.
 */
public interface ChangecastClient extends AutoCloseable {
    /**
     * Over HTTP, with an API key of the server.
     *
     * @param url of the server, such as {@code https://changecast.example.com}
     */
    static HttpClientBuilder http(String url) {
        return new HttpClientBuilder(url);
    }

    /** Through Redis Pub/Sub, which a server has to be subscribed to; what it misses is lost, and nobody knows. */
    static RedisClientBuilder redis(RedisPublish publish) {
        return new RedisClientBuilder(publish);
    }

    /**
     * Publishes a message.
     *
     * @return completes when it is on the server's disk (over Redis: when a server has got it); fails with a {@link
     *     PublishException}
     */
    CompletableFuture<Receipt> publishAsync(Message message);

    /** Publishes a message, and waits for that. */
    default Receipt publish(Message message) {
        try {
            return publishAsync(message).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof PublishException failure) {
                throw failure.here();
            }
            throw new IllegalStateException("publishing failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PublishException("interrupted; " + message + " may still be published", 0, 0, true, e);
        }
    }

    /**
     * Notifies a user, on all their screens.
     *
     * @param content such as {@code Map.of("title", "Your order is on its way")}; see {@link Message#to}
     */
    default CompletableFuture<Receipt> notifyUserAsync(String user, @Nullable Object content) {
        return publishAsync(Message.to("user:" + user, "notification", content));
    }

    /** Notifies a user, and waits until that is published. */
    default Receipt notifyUser(String user, @Nullable Object content) {
        return publish(Message.to("user:" + user, "notification", content));
    }

    /** Tells everybody. */
    default CompletableFuture<Receipt> broadcastAsync(@Nullable Object content) {
        return publishAsync(Message.to("broadcast", "broadcast", content));
    }

    /** Tells everybody, and waits until that is published. */
    default Receipt broadcast(@Nullable Object content) {
        return publish(Message.to("broadcast", "broadcast", content));
    }

    /**
     * Says that something has changed, for pages that then fetch or mend what they show.
     *
     * @param to whom, such as {@code broadcast} or {@code role:admin}
     * @param entity what kind of thing, such as {@code order}
     * @param action what happened, such as {@code update}
     * @param id which of them
     * @param data what is to be known about it; null for nothing
     */
    default CompletableFuture<Receipt> dataUpdateAsync(
            String to, String entity, String action, String id, @Nullable Object data) {
        return publishAsync(Message.dataUpdate(to, entity, action, id, data));
    }

    /** The same, and waits until that is published. */
    default Receipt dataUpdate(String to, String entity, String action, String id, @Nullable Object data) {
        return publish(Message.dataUpdate(to, entity, action, id, data));
    }

    /** Sends what waits, for ten seconds at most; what is left then fails. Takes nothing more. Idempotent. */
    @Override
    void close();
}
