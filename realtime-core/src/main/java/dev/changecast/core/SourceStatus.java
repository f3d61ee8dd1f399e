package dev.changecast.core;

import dev.changecast.api.source.Position;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a source is doing.
 *
 * @param name its name in the configuration
 * @param state what it is doing
 * @param detail why, in words for the operator; empty when there is nothing to say
 * @param since when it came into this state
 * @param position the end of its log; null before the first
 * @param delivered when a sign of life of the database last came through capture, log and hub to the sessions; null
 *     before the first
 * @param problems what the source says is going wrong while it captures, each in a sentence; see {@link
 *     dev.changecast.api.source.SourceReport}
 */
public record SourceStatus(
        String name,
        State state,
        String detail,
        Instant since,
        @Nullable Position position,
        @Nullable Instant delivered,
        List<String> problems) {
    public SourceStatus {
        problems = List.copyOf(problems);
    }

    /** What a source is doing. */
    public enum State {
        /** Not yet capturing: connecting, or preparing the database. */
        STARTING,
        /** Capturing. */
        STREAMING,
        /** Capturing has stopped until the log can be written again. */
        BLOCKED,
        /** It failed and will be tried again. */
        FAILED,
        /** The engine is closed. */
        STOPPED
    }
}
