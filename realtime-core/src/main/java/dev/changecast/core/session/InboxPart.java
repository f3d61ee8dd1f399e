package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.log.Chunk;
import dev.changecast.core.log.Interest;
import dev.changecast.core.log.LogReader;
import dev.changecast.core.log.PositionEvicted;
import dev.changecast.core.publish.Publication;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A part of the log of published messages, read for one session's inbox.
 *
 * @param epoch the epoch it was asked for in
 * @param addresses those of the session
 * @param spans for which part of the log each of them counts
 * @param mark what the session has sent messages by that it is not to get back; null when there are none
 * @param after where it starts
 * @param until where it ends at the latest: what the dispatcher has handed out
 * @param whenReceived what to do when the client has got a message, which ends there; null when nothing
 */
record InboxPart(
        FeedHub hub,
        @Nullable String epoch,
        Set<String> addresses,
        Spans spans,
        @Nullable String mark,
        Position after,
        Position until,
        BiFunction<Publication, Position, @Nullable Runnable> whenReceived)
        implements CatchUp {
    /** How much of the log one part takes, so that others get their turn. */
    private static final int PART_BYTES = 256 * 1024;

    @Override
    public LogPart.Result read() {
        List<LogPart.Addressed> messages = new ArrayList<>();
        Position reached = after;
        try {
            LogReader reader = hub.log().reader(after);
            for (int bytes = 0; bytes < PART_BYTES; ) {
                Chunk chunk = reader.next(Interest.ALL);
                Position end = chunk == null ? reader.position() : chunk.end();
                if (end.isAfter(until)) {
                    reached = until;
                    break;
                }
                reached = end;
                if (chunk == null) {
                    break;
                }
                bytes += chunk.bytes();
                if (chunk.kind() == Chunk.Kind.CHANGES) {
                    read(chunk, messages);
                }
            }
        } catch (PositionEvicted e) {
            return result(messages, reached, e.getMessage());
        }
        return result(messages, reached, null);
    }

    private void read(Chunk chunk, List<LogPart.Addressed> messages) {
        chunk.forEach((minor, relation, operation, row, before) -> {
            Publication publication = Publication.logged(
                    Objects.requireNonNull(row), chunk.end(), Objects.requireNonNull(epoch), chunk.committedAt());
            int own = spans.first(publication, chunk.end(), addresses);
            if (own >= 0 && (mark == null || !mark.equals(publication.mark()))) {
                messages.add(new LogPart.Addressed(
                        null, publication.payload(own), null, whenReceived.apply(publication, chunk.end())));
            }
        });
    }

    private LogPart.Result result(List<LogPart.Addressed> messages, Position reached, @Nullable String evicted) {
        return hub.log().epoch().equals(epoch)
                ? new LogPart.Result(messages, reached, reached, false, evicted, List.of(), false)
                : new LogPart.Result(List.of(), after, null, false, null, List.of(), true);
    }
}
