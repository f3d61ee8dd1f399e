package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Relations and transactions to write, and what was read in words that can be compared. */
final class Samples {
    static final Relation USERS = relation("users");
    static final Relation ORDERS = relation("orders");
    static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678901234Z");

    private Samples() {}

    static Relation relation(String name) {
        return new Relation(
                "public",
                name,
                List.of(
                        new Column("id", "int4", ValueType.INTEGER),
                        new Column("name", "text", ValueType.TEXT),
                        new Column("note", "text", ValueType.TEXT)),
                List.of(0),
                OldRow.FULL,
                "ALTER TABLE " + name + " REPLICA IDENTITY FULL");
    }

    static Checkpoint at(long major, long minor) {
        return Checkpoint.at(new Position(major, minor));
    }

    /** One transaction of inserts at minors 2, 4, ...; it ends one above its last change. */
    static Checkpoint write(FeedLog log, long major, Relation relation, String... names) {
        log.begin("tx" + major, new Position(major, 0), TIME);
        return writeRest(log, major, relation, names);
    }

    static Checkpoint writeRest(FeedLog log, long major, Relation relation, String... names) {
        long minor = 0;
        for (String name : names) {
            minor += 2;
            log.change(minor, relation, Operation.INSERT, Row.of(minor, name, null), null);
        }
        Checkpoint end = at(major, minor + 1);
        log.commit(end);
        return end;
    }

    static String text(int length) {
        return "x".repeat(length);
    }

    /** All that a reader gives now: a change as {@code major-minor name}, marks for first and last, fences. */
    static List<String> read(LogReader reader, Interest interest) {
        List<String> found = new ArrayList<>();
        Chunk chunk = reader.next(interest);
        while (chunk != null) {
            found.addAll(describe(chunk));
            chunk = reader.next(interest);
        }
        return found;
    }

    static List<String> read(FeedLog log, Position after) {
        return read(log.reader(after), Interest.ALL);
    }

    static List<String> describe(Chunk chunk) {
        List<String> found = new ArrayList<>();
        if (chunk.kind() == Chunk.Kind.FENCE) {
            found.add("fence " + chunk.fence());
            return found;
        }
        if (chunk.first()) {
            found.add("begin " + chunk.tx());
        }
        long major = chunk.major();
        chunk.forEach((minor, relation, operation, after, before) ->
                found.add(major + "-" + minor + " " + shorten(after == null ? before : after)));
        if (chunk.last()) {
            found.add("commit " + chunk.end());
        }
        return found;
    }

    private static @Nullable String shorten(@Nullable Row row) {
        String name = row == null ? null : row.text(1);
        return name == null || name.length() < 20 ? name : name.length() + " characters";
    }
}
