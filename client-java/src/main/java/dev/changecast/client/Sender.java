package dev.changecast.client;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One way to the server. */
interface Sender {
    /** What became of one message in one try. */
    sealed interface Outcome {}

    record Published(Receipt receipt) implements Outcome {}

    /** It never can be. */
    record Refused(PublishException why) implements Outcome {}

    /**
     * Not now.
     *
     * @param after when the server wants it again; null when it did not say
     */
    record Later(PublishException why, @Nullable Duration after) implements Outcome {}

    /** Tries to publish messages, which may be tried again. Returns an outcome for each, in their order. */
    List<Outcome> send(List<Message> messages) throws InterruptedException;
}
