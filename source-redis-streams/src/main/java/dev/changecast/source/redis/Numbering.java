package dev.changecast.source.redis;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.StartPoint;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The positions of a fan-out. Those of one stream are its ids, so that all who read it have the same. The ids of several
 * streams have no order that everybody would see alike: an entry may come to one of them with a lower id than another one
 * has shown. So they get positions of our own, and the checkpoint's token says how far each has been read.
 */
interface Numbering {
    /** How far a stream was read. */
    record Place(String marker, EntryId last, long ordinal) {}

    /** How its epochs begin: a log of another way of reading is of no use. */
    String prefix();

    /** What a log says of the streams; those of which it says nothing are left out. */
    Map<String, Place> places(StartPoint start);

    /** The epoch of these streams. */
    String epoch(@Nullable StartPoint start, List<StreamCursor> cursors, boolean replaced);

    /** The position of an entry's change. */
    Position change(EntryId entry);

    /** The checkpoint when the streams were read so far, and behind all that was given. */
    Checkpoint checkpoint(List<StreamCursor> cursors);

    /** One that is later, though nothing was given; the same when that cannot be. */
    Checkpoint idle(List<StreamCursor> cursors);

    static Numbering of(int streams) {
        return streams == 1 ? new ById() : new ByOwn();
    }

    /** One stream. */
    final class ById implements Numbering {
        private Position last = Position.ZERO;

        @Override
        public String prefix() {
            return "s";
        }

        @Override
        public Map<String, Place> places(StartPoint start) {
            last = start.checkpoint().position();
            String token = start.checkpoint().token();
            long ordinal = token == null ? -1 : Long.parseLong(token);
            String marker = start.epoch().substring(1);
            return Map.of("", new Place(marker, EntryId.of(last), ordinal));
        }

        @Override
        public String epoch(@Nullable StartPoint start, List<StreamCursor> cursors, boolean replaced) {
            return prefix() + cursors.get(0).marker;
        }

        @Override
        public Position change(EntryId entry) {
            return entry.position();
        }

        @Override
        public Checkpoint checkpoint(List<StreamCursor> cursors) {
            StreamCursor cursor = cursors.get(0);
            Position end = cursor.last().end();
            // What was idle since is later.
            last = EntryId.of(last).equals(cursor.last()) && last.isAfter(end) ? last : end;
            return new Checkpoint(last, Long.toString(cursor.ordinal()));
        }

        @Override
        public Checkpoint idle(List<StreamCursor> cursors) {
            checkpoint(cursors);
            last = EntryId.idle(last);
            return checkpoint(cursors);
        }
    }

    /** Several streams. */
    final class ByOwn implements Numbering {
        private OwnPositions positions = new OwnPositions(Clock.systemUTC(), Position.ZERO);

        @Override
        public String prefix() {
            return "m";
        }

        @Override
        public Map<String, Place> places(StartPoint start) {
            positions = new OwnPositions(Clock.systemUTC(), start.checkpoint().position());
            Map<String, Place> places = new HashMap<>();
            String token = start.checkpoint().token();
            for (String line : token == null ? List.<String>of() : token.lines().toList()) {
                String[] parts = line.split(" ", -1);
                places.put(
                        parts[0], new Place(parts[1], EntryId.of(Position.parse(parts[2])), Long.parseLong(parts[3])));
            }
            return places;
        }

        @Override
        public String epoch(@Nullable StartPoint start, List<StreamCursor> cursors, boolean replaced) {
            return start == null || replaced ? prefix() + HistoryMarker.fresh() : start.epoch();
        }

        @Override
        public Position change(EntryId entry) {
            return positions.next();
        }

        @Override
        public Checkpoint checkpoint(List<StreamCursor> cursors) {
            if (positions.last().equals(Position.ZERO)) {
                positions.next();
            }
            String token = cursors.stream()
                    .map(cursor -> String.join(
                            " ",
                            cursor.stream,
                            cursor.marker,
                            cursor.last().end().toString(),
                            Long.toString(cursor.ordinal())))
                    .collect(Collectors.joining("\n"));
            return new Checkpoint(positions.last(), token);
        }

        @Override
        public Checkpoint idle(List<StreamCursor> cursors) {
            positions.next();
            return checkpoint(cursors);
        }
    }
}
