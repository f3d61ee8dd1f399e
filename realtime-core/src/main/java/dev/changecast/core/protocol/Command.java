package dev.changecast.core.protocol;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client asks for. {@code id} is the JSON of what the client sent, to be echoed, or null. */
public sealed interface Command {
    @Nullable
    String id();

    /**
     * Follow a collection.
     *
     * @param filter a JSON object
     * @param columns null for all
     * @param snapshot whether present rows come first
     * @param orderBy order of the snapshot's rows: names, with {@code -} before a descending one
     * @param limit how many rows the snapshot has at most; 0 for all
     * @param since offsets by source; null when the client does not resume
     * @param channel what the client knew this subscription as; null when it does not resume
     * @param conflate only the latest state of each key while the client is behind
     * @param batch null when messages go out as soon as they can
     */
    record Subscribe(
            @Nullable String id,
            String collection,
            String filter,
            @Nullable List<String> columns,
            boolean snapshot,
            List<String> orderBy,
            int limit,
            @Nullable Map<String, String> since,
            @Nullable String channel,
            boolean conflate,
            @Nullable Batch batch)
            implements Command {}

    /** How messages of a channel are gathered. */
    record Batch(int max, int delayMillis) {}

    record Unsubscribe(@Nullable String id, String channel) implements Command {}

    /**
     * Who the client is, or still is.
     *
     * @param since a JSON object that says where the inbox goes on; null when the client does not resume
     */
    record Authenticate(
            @Nullable String id, String token, @Nullable String since) implements Command {
        @Override
        public String toString() {
            return "Authenticate[id=" + id + ", since=" + since + "]";
        }
    }

    record Ping(@Nullable String id) implements Command {}

    /** A command of the protocol that this server does not offer. */
    record Unsupported(@Nullable String id, String type) implements Command {}
}
