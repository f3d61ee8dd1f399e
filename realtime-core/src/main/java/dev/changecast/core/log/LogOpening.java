package dev.changecast.core.log;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.StartPoint;
import dev.changecast.core.History;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/** Opens a log: takes the directory, recovers what is in it. */
final class LogOpening {
    private static final long MIB = 1024 * 1024;
    private static final long MOST_CACHE_BYTES = 16 * MIB;

    private LogOpening() {}

    static FeedLog open(String feed, History history, boolean seenWhenDurable, LogEvents events, Clock clock) {
        if (!feed.matches("[A-Za-z0-9][A-Za-z0-9_.-]*")) {
            throw new IllegalArgumentException(
                    "a feed's name is letters, digits, _, . and -, since a directory is named after it; not: " + feed);
        }
        Path root = history.directory();
        if (root == null) {
            Store store = new MemoryStore(history.age(), clock);
            Tail tail = new Tail(
                    history.bytes(), true, seenWhenDurable, "", Position.ZERO, 0, Position.ZERO, Position.ZERO);
            return new FeedLog(feed, "memory", new FeedLog.Contents(new RelationTable(), store, null), tail, events);
        }
        Path directory = root.resolve(feed);
        try {
            return open(feed, directory.toString(), new FileDisk(directory), history, seenWhenDurable, events, clock);
        } catch (IOException e) {
            throw new ChangecastException(
                    ErrorCode.LOG_UNUSABLE,
                    "the log of " + feed + " in " + directory + " cannot be opened: " + reason(e)
                            + " (history.directory must be a directory that this process may write,"
                            + " and that no other engine uses)",
                    e);
        }
    }

    /** On any disk; closes it when the log cannot be opened. */
    static FeedLog open(String feed, String place, Disk disk, History history, LogEvents events, Clock clock)
            throws IOException {
        return open(feed, place, disk, history, false, events, clock);
    }

    /** On any disk; closes it when the log cannot be opened. */
    static FeedLog open(
            String feed,
            String place,
            Disk disk,
            History history,
            boolean seenWhenDurable,
            LogEvents events,
            Clock clock)
            throws IOException {
        try {
            RelationTable relations = new RelationTable();
            List<Segment> segments = new Recovery(place, disk, relations).run();
            long cacheBytes = Math.max(MIB, Math.min(MOST_CACHE_BYTES, history.memoryBytes() / 4));
            Store store =
                    new SegmentStore(disk, relations, segments, history.bytes(), history.age(), cacheBytes, clock);
            if (segments.isEmpty()) {
                Tail tail = new Tail(
                        history.memoryBytes(),
                        false,
                        seenWhenDurable,
                        "",
                        Position.ZERO,
                        0,
                        Position.ZERO,
                        Position.ZERO);
                return new FeedLog(feed, place, new FeedLog.Contents(relations, store, null), tail, events);
            }
            Segment newest = segments.get(segments.size() - 1);
            LogEnd end = newest.end();
            Position floor = segments.get(0).header.before().position();
            SegmentHeader header = newest.header;
            Tail tail = new Tail(
                    history.memoryBytes(),
                    false,
                    seenWhenDurable,
                    header.epoch(),
                    header.lineage().gapEnd(),
                    end.sequence(),
                    floor,
                    end.position());
            StartPoint start = new StartPoint(header.epoch(), end.checkpoint());
            return new FeedLog(feed, place, new FeedLog.Contents(relations, store, start), tail, events);
        } catch (IOException | RuntimeException e) {
            disk.close();
            throw e;
        }
    }

    private static String reason(IOException e) {
        if (e.getClass() == IOException.class && e.getMessage() != null) {
            return e.getMessage();
        }
        // Those of files have no message but the file's name.
        return e.getMessage() == null ? e.toString() : e.getClass().getSimpleName() + ": " + e.getMessage();
    }
}
