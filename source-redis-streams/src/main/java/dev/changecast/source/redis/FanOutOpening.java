package dev.changecast.source.redis;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.StartPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol.Command;

/** Where a fan-out goes on: behind what the log has, or with a reset. */
final class FanOutOpening {
    private static final Logger LOG = LoggerFactory.getLogger(RedisStreamsSource.class);

    private final RedisStreamsOptions options;
    private final RedisConnection redis;
    private final Numbering numbering;
    private Continuity found = Continuity.WHOLE;

    FanOutOpening(RedisStreamsOptions options, RedisConnection redis, Numbering numbering) {
        this.options = options;
        this.redis = redis;
        this.numbering = numbering;
    }

    /** Tells the sink, and gives the cursors to read by. */
    List<StreamCursor> open(@Nullable StartPoint start, ChangeSink sink) {
        boolean fits = start != null && start.epoch().startsWith(numbering.prefix());
        Map<String, Numbering.Place> places = fits ? numbering.places(start) : Map.of();
        if (start != null && !fits) {
            found = Continuity.REPLACED;
        }
        List<StreamCursor> cursors = new ArrayList<>();
        for (String stream : options.streams()) {
            cursors.add(open(stream, options.streams().size() == 1 ? places.get("") : places.get(stream)));
        }
        String epoch = numbering.epoch(start, cursors, found == Continuity.REPLACED);
        if (found == Continuity.WHOLE) {
            sink.opened(epoch, start == null ? numbering.checkpoint(cursors) : start.checkpoint());
        } else {
            ResetReason reason = found == Continuity.REPLACED ? ResetReason.EPOCH_CHANGED : ResetReason.SLOT_LOST;
            sink.reset(reason, epoch, numbering.idle(cursors));
        }
        return cursors;
    }

    private StreamCursor open(String stream, Numbering.@Nullable Place place) {
        String marker = HistoryMarker.of(redis, stream);
        EntryId last = place == null ? EntryId.ZERO : place.last();
        List<@Nullable Object> answers = redis.atomically(
                new RedisConnection.Call(Command.XINFO, "STREAM", stream),
                new RedisConnection.Call(
                        Command.XRANGE, stream, last.sequence() < 0 ? last.next() : last, "+", "COUNT", 1));
        StreamState state = StreamState.of(answers.get(0));
        if (place == null) {
            return begin(stream, marker, state, options.fromBeginning());
        }
        List<StreamEntry> next = StreamEntry.listOf(answers.get(1));
        boolean there = !next.isEmpty() && next.get(0).id().equals(last);
        Continuity continuity = marker.equals(place.marker())
                ? Continuity.of(new Continuity.Read(last, place.ordinal(), false, false), state, there)
                : Continuity.REPLACED;
        if (continuity == Continuity.WHOLE) {
            return new StreamCursor(
                    stream, marker, last, place.ordinal(), state.last().equals(last), options.batch());
        }
        return lost(stream, marker, place, state, continuity);
    }

    private StreamCursor lost(
            String stream, String marker, Numbering.Place place, StreamState state, Continuity continuity) {
        if (continuity == Continuity.REPLACED || found == Continuity.WHOLE) {
            found = continuity;
        }
        LOG.warn(
                "{}: stream {} {}",
                options.name(),
                stream,
                continuity == Continuity.REPLACED
                        ? "is no longer the one that was read up to " + place.last()
                        : "no longer has all that followed " + place.last());
        if (continuity == Continuity.REPLACED) {
            String another =
                    marker.equals(place.marker()) ? HistoryMarker.replace(redis, stream, place.marker()) : marker;
            return begin(stream, another, state, true);
        }
        StreamCursor fromFirst = begin(stream, marker, state, true);
        // Where a single entry was deleted, older ones may be there that were read.
        return fromFirst.last().isAfter(place.last())
                ? fromFirst
                : new StreamCursor(stream, marker, place.last(), -1, false, options.batch());
    }

    private StreamCursor begin(String stream, String marker, StreamState state, boolean fromBeginning) {
        EntryId first = state.first();
        if (!fromBeginning || first == null) {
            return new StreamCursor(stream, marker, state.last(), state.added(), true, options.batch());
        }
        // Where entries behind it were deleted one by one, the counts do not say how many came before it.
        boolean counts = state.deleted() != null && !state.deleted().isAfter(first);
        return new StreamCursor(stream, marker, first.before(), counts ? state.removed() : -1, false, options.batch());
    }
}
