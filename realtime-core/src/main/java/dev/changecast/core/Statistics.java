package dev.changecast.core;

import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.SourceReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an engine has done since it was made, and what it holds at present, in numbers: what dashboards and metrics are made
 * of. Counts only grow; what is held is a quarter of a second old at most. Numbers that are told together may differ by what
 * happened between two of them. Nothing here names a user, a session or a value of a row.
 *
 * @param startedAt when the engine was made
 * @param transports by name, those over which somebody has come so far
 * @param sources those of the builder in its order, then {@code live}, that of published messages, once the engine was
 *     started
 * @param routes in the builder's order
 */
public record Statistics(
        Instant startedAt,
        List<TransportFigures> transports,
        SessionFigures sessions,
        SubscriptionFigures subscriptions,
        SnapshotFigures snapshots,
        Refusals refusals,
        List<SourceFigures> sources,
        List<RouteFigures> routes) {

    public Statistics {
        transports = List.copyOf(transports);
        sources = List.copyOf(sources);
        routes = List.copyOf(routes);
    }

    /**
     * What went over one transport.
     *
     * @param name such as {@code websocket}
     * @param open how many sessions there are now
     * @param opened how many there were, these included
     * @param messagesSent how many messages were given to connections
     * @param bytesSent their size before compression and framing
     * @param messagesReceived how many messages came from clients
     * @param charactersReceived their size
     * @param duration of the sessions that have ended
     */
    public record TransportFigures(
            String name,
            int open,
            long opened,
            long messagesSent,
            long bytesSent,
            long messagesReceived,
            long charactersReceived,
            Distribution duration) {}

    /**
     * The sessions, over all transports.
     *
     * @param open how many there are
     * @param limit how many there may be
     * @param unauthenticated how many of them still have to show a token; they have a limit of their own
     * @param onlineUsers how many users have one, or have lost it a moment ago
     * @param rooms how many rooms somebody is in
     * @param queueBytes what waits to be written, for all together
     * @param longestQueueBytes what waits for the one for which most waits
     * @param behind how many read from the log, since they are too slow for what is new or have come back just now
     * @param fellBehind how often one began to do so
     * @param droppedMessages how many messages did not reach the network, as far as is known, since their session ended before
     * @param authenticationFailures how many tokens were missing, wrong, expired or too late
     * @param dispatchSilence how long the slowest of the threads that own sessions has not come round; well below a second
     *     where all is well
     * @param ended how many have ended, whoever ended them; {@link Refusals#closes} has those that the server did
     */
    public record SessionFigures(
            int open,
            int limit,
            int unauthenticated,
            int onlineUsers,
            int rooms,
            long queueBytes,
            long longestQueueBytes,
            int behind,
            long fellBehind,
            long droppedMessages,
            long authenticationFailures,
            Duration dispatchSilence,
            long ended) {}

    /**
     * The subscriptions.
     *
     * @param open how many there are
     * @param preparing how many of them are not ready yet
     * @param begun how many were begun, anew after a reset too
     * @param resumed how many of those went on where their client had stopped
     * @param resets how many clients were told that what they have is void, by reason
     * @param conflated how many changes were passed over since a later one of the same row was sent in their place
     * @param readyTime from beginning to {@code ready}
     */
    public record SubscriptionFigures(
            int open,
            int preparing,
            long begun,
            long resumed,
            Map<ResetReason, Long> resets,
            long conflated,
            Distribution readyTime) {
        public SubscriptionFigures {
            resets = Map.copyOf(resets);
        }
    }

    /**
     * The reads of present rows.
     *
     * @param reading how many run
     * @param waiting how many wait for their turn
     * @param begun how many were begun
     * @param shared how many subscriptions took part in one that was there already
     * @param failed how many did not come to their end
     * @param rows how many rows were read
     * @param bytes what they are on the wire, counted once for all who share them
     * @param waitTime from being asked for to the beginning
     * @param readTime from the beginning to the last row
     */
    public record SnapshotFigures(
            int reading,
            int waiting,
            long begun,
            long shared,
            long failed,
            long rows,
            long bytes,
            Distribution waitTime,
            Distribution readTime) {}

    /**
     * One source with its log and its hub.
     *
     * @param status what people are told of it
     * @param transactions how many came
     * @param changes how many rows changed in them
     * @param failures how often it failed and was begun again
     * @param resets how often its log began anew, by reason
     * @param lag how long the last transaction took from its commit to here, by the clocks of both; null when none has come
     *     for a minute
     * @param silence since something last came through capture, log and hub, and all that was to be told of it was given to
     *     the connections; null before the first time
     * @param log what is kept of it
     * @param matches how many changes, each in one view, somebody follows
     * @param delivered how many messages were made of them and put into sessions' queues, without those that sessions read
     *     from the log
     * @param latency from a commit to the moment at which all that the server had to say about it was given to the
     *     connections; of the transactions that somebody follows, and without what sessions read from the log
     * @param report what the source itself says; null while it has not been asked, or cannot tell
     */
    public record SourceFigures(
            SourceStatus status,
            long transactions,
            long changes,
            long failures,
            Map<ResetReason, Long> resets,
            @Nullable Duration lag,
            @Nullable Duration silence,
            LogFigures log,
            long matches,
            long delivered,
            Distribution latency,
            @Nullable SourceReport report) {
        public SourceFigures {
            resets = Map.copyOf(resets);
        }

        public String name() {
            return status.name();
        }
    }

    /**
     * The log of one source.
     *
     * @param bytes its size, in files or, without a directory, in memory
     * @param memoryBytes how much of it is in memory too
     * @param waitingBytes what is not on disk yet
     * @param heldFrom since when it holds everything, as exactly as its files tell; null when it holds nothing yet
     */
    public record LogFigures(
            long bytes,
            long memoryBytes,
            long waitingBytes,
            @Nullable Instant heldFrom) {}

    /**
     * One route, the most specific one of those that concern a relation.
     *
     * @param from as it is configured
     * @param matches how many changes, each in one view, somebody follows
     * @param delivered how many messages were made of them and put into sessions' queues
     */
    public record RouteFigures(String from, long matches, long delivered) {}
}
