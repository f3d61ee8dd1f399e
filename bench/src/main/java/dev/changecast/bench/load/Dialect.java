package dev.changecast.bench.load;

import java.util.List;

/** How one kind of server is subscribed to over a WebSocket. Called by the generator's thread; must not block. */
public interface Dialect {
    /** Path and query of the WebSocket. */
    String path();

    /** What a client sends once the WebSocket is open. */
    default List<String> opening(int client) {
        return List.of();
    }

    /**
     * What a client does about a message without a number.
     *
     * @param client its number, from 0
     */
    default Reaction control(int client, String message) {
        return Reaction.NONE;
    }

    /** Whether a client gets messages as soon as the WebSocket is open. */
    default boolean readyWhenOpen() {
        return true;
    }

    /** Whether one frame may hold several numbered messages. */
    default boolean severalInOneFrame() {
        return false;
    }

    /** Whether messages have numbers at all; if not, all go to {@link #control}. */
    default boolean numbered() {
        return true;
    }

    /** What to send, and whether the client is now ready. */
    record Reaction(List<String> answers, boolean ready) {
        public static final Reaction NONE = new Reaction(List.of(), false);
        public static final Reaction READY = new Reaction(List.of(), true);

        public static Reaction say(String message) {
            return new Reaction(List.of(message), false);
        }
    }

    /** A server that sends what is published as it is. */
    static Dialect plain(String path) {
        return () -> path;
    }
}
