package dev.changecast.core.log;

import dev.changecast.api.source.Position;
import dev.changecast.core.History;
import java.nio.file.Path;
import java.time.Clock;

/** Opens a log: takes the directory, recovers what is in it. */
final class LogOpening {
    private LogOpening() {}

    static FeedLog open(String feed, History history, LogEvents events, Clock clock) {
        Path root = history.directory();
        Store store = new MemoryStore(history.age(), clock);
        FeedLog.Contents contents = new FeedLog.Contents(new RelationTable(), store, null);
        Tail tail = new Tail(history.bytes(), true, 0, Position.ZERO, Position.ZERO);
        return new FeedLog(feed, root == null ? "memory" : root.toString(), contents, tail, events);
    }
}
