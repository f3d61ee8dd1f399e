package dev.changecast.mongo.standin;

import de.bwaldvogel.mongo.bson.BsonTimestamp;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One open change stream, of a database or of everything. Used under the stand-in's lock. */
final class StandInStream {
    private static final List<String> HIDDEN = List.of("admin", "config", "local");

    private final StandInOplog oplog;
    private final @Nullable String database;
    private final Document options;
    private Token position;
    private boolean over;

    private StandInStream(StandInOplog oplog, @Nullable String database, Document options, Token position) {
        this.oplog = oplog;
        this.database = database;
        this.options = options;
        this.position = position;
    }

    static StandInStream open(StandInOplog oplog, @Nullable String database, Document options) {
        Token position;
        Object token = options.getOrDefault("startAfter", options.get("resumeAfter"));
        if (token != null) {
            position = Token.parse(token);
            if (position == null) {
                throw new MongoServerError(
                        260, "InvalidResumeToken", "Bad resume token: _data of missing or of wrong type");
            }
            if (!oplog.reachesBackTo(position.time())) {
                throw lost();
            }
            if (position.place() > 0 && !oplog.holds(position)) {
                throw new MongoServerError(
                        280, "ChangeStreamFatalError", "cannot resume stream; the resume token was not found");
            }
        } else if (options.get("startAtOperationTime") instanceof BsonTimestamp time) {
            if (!oplog.reachesBackTo(time.getValue())) {
                throw lost();
            }
            position = new Token(time.getValue(), 0);
        } else {
            position = new Token(oplog.time(), Integer.MAX_VALUE & 0xFFFF);
        }
        return new StandInStream(oplog, database, options, position);
    }

    private static MongoServerError lost() {
        return new MongoServerError(
                286,
                "ChangeStreamHistoryLost",
                "Resume of change stream was not possible, as the resume point may no longer be in the oplog.");
    }

    /** What has happened since; nothing else than that behind an invalidation. */
    List<Document> next(int most, Function<StandInOplog.Entry, @Nullable Document> present) {
        List<Document> events = new ArrayList<>();
        for (StandInOplog.Entry entry : oplog.after(position)) {
            position = entry.token();
            if (isOurs(entry)) {
                events.add(StandInOplog.shown(entry, options, present.apply(entry)));
                over = "invalidate".equals(entry.event().get("operationType"));
            }
            if (over || events.size() >= most) {
                return events;
            }
        }
        // Everything up to the latest time was looked at.
        Token reached = new Token(oplog.time(), 0);
        position = reached.compareTo(position) > 0 ? reached : position;
        return events;
    }

    private boolean isOurs(StandInOplog.Entry entry) {
        if ("invalidate".equals(entry.event().get("operationType"))) {
            return entry.database().equals(database);
        }
        return database == null
                ? !HIDDEN.contains(entry.database())
                : entry.database().equals(database);
    }

    boolean isOver() {
        return over;
    }

    Token token() {
        return position;
    }

    String namespace() {
        return (database == null ? "admin" : database) + ".$cmd.aggregate";
    }
}
