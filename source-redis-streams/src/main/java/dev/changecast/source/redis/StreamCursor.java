package dev.changecast.source.redis;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;

/** Reads one stream on, entry by entry, and notices when something is missing. */
final class StreamCursor {
    final String stream;
    final String marker;
    private final BatchSize batch;

    /** Other threads read it too. */
    private volatile EntryId last;

    private long ordinal;

    private boolean atEnd;

    /**
     * @param last the entry that was read last, or where reading begins
     * @param atEnd whether nothing follows that at present
     */
    StreamCursor(String stream, String marker, EntryId last, long ordinal, boolean atEnd, int batch) {
        this.stream = stream;
        this.marker = marker;
        this.last = last;
        this.ordinal = ordinal;
        this.atEnd = atEnd;
        this.batch = new BatchSize(batch);
    }

    EntryId last() {
        return last;
    }

    long ordinal() {
        return ordinal;
    }

    /** The entries behind the last one, so many at most; none at the end. */
    List<StreamEntry> read(RedisConnection redis) {
        int count = batch.count() + 1;
        List<StreamEntry> entries = StreamEntry.listOf(redis.call(Command.XRANGE, range(count)));
        if (!entries.isEmpty() && entries.get(0).id().equals(last)) {
            return behind(entries);
        }
        return behind(lookCloser(redis, count));
    }

    private Object[] range(int count) {
        return new Object[] {stream, last.sequence() < 0 ? last.next() : last, "+", "COUNT", count};
    }

    private List<StreamEntry> behind(List<StreamEntry> entries) {
        List<StreamEntry> behind = new ArrayList<>(entries);
        if (!behind.isEmpty() && behind.get(0).id().equals(last)) {
            behind.remove(0);
        }
        atEnd = behind.isEmpty();
        batch.saw(behind);
        return behind;
    }

    /** The entry that was read last is not there any more. */
    private List<StreamEntry> lookCloser(RedisConnection redis, int count) {
        List<@Nullable Object> answers = redis.atomically(
                HistoryMarker.ask(stream),
                new RedisConnection.Call(Command.XINFO, "STREAM", stream),
                new RedisConnection.Call(Command.XRANGE, range(count)));
        List<StreamEntry> entries = StreamEntry.listOf(answers.get(2));
        boolean there = !entries.isEmpty() && entries.get(0).id().equals(last);
        StreamState state = StreamState.of(answers.get(1));
        judge(HistoryMarker.read(answers, 0), state, there);
        count(state);
        return entries;
    }

    /** Looks whether all is well while nothing comes. */
    void look(RedisConnection redis) {
        List<@Nullable Object> answers =
                redis.atomically(HistoryMarker.ask(stream), new RedisConnection.Call(Command.XINFO, "STREAM", stream));
        StreamState state = StreamState.of(answers.get(1));
        if (!state.last().isAfter(last)) {
            judge(HistoryMarker.read(answers, 0), state, true);
            count(state);
        } else if (!Objects.equals(HistoryMarker.read(answers, 0), marker)) {
            throw lost(Continuity.REPLACED);
        }
    }

    private void count(StreamState state) {
        if (state.last().equals(last) && state.exists()) {
            ordinal = state.added();
        }
    }

    private void judge(@Nullable String present, StreamState state, boolean there) {
        Continuity continuity = marker.equals(present)
                ? Continuity.of(new Continuity.Read(last, ordinal, true, atEnd), state, there)
                : Continuity.REPLACED;
        if (continuity != Continuity.WHOLE) {
            throw lost(continuity);
        }
    }

    /** The next run finds the same, and says so to everybody. */
    private ChangecastException lost(Continuity continuity) {
        return new ChangecastException(
                ErrorCode.SOURCE_UNAVAILABLE,
                continuity == Continuity.REPLACED
                        ? "stream " + stream + " is no longer the one that was read up to " + last
                        : "entries of stream " + stream + " behind " + last
                                + " were removed before they were read: let it keep more (MAXLEN)");
    }

    /** This entry was given. */
    void passed(EntryId id) {
        last = id;
        // Whoever gives it may have to wait for long.
        atEnd = false;
        if (ordinal >= 0) {
            ordinal++;
        }
    }

    @Override
    public String toString() {
        return stream + " behind " + last;
    }
}
