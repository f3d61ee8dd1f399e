package dev.changecast.source.redis;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Position;
import java.nio.charset.StandardCharsets;

/**
 * The id of an entry, or the place before the first one of a millisecond.
 *
 * <p>As a position its sequence number leaves room for 2^24 places behind each entry, by which an idle source shows that
 * it is alive: an id itself could not move without an entry.
 *
 * @param sequence -1 for the place before {@code milliseconds-0}
 */
record EntryId(long milliseconds, long sequence) implements Comparable<EntryId> {
    static final EntryId ZERO = new EntryId(0, 0);

    private static final int PLACES = 24;
    private static final long MOST_SEQUENCE = (Long.MAX_VALUE >>> PLACES) - 1;
    private static final String MOST_IN_REDIS = "18446744073709551615";

    static EntryId parse(byte[] text) {
        return parse(new String(text, StandardCharsets.US_ASCII));
    }

    static EntryId parse(String text) {
        int dash = text.indexOf('-');
        try {
            EntryId id = new EntryId(Long.parseLong(text.substring(0, dash)), Long.parseLong(text.substring(dash + 1)));
            if (id.milliseconds >= 0 && id.sequence >= 0 && id.sequence <= MOST_SEQUENCE) {
                return id;
            }
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            // Redis has unsigned numbers; told below.
        }
        throw new ChangecastException(
                ErrorCode.SOURCE_NOT_READY,
                "the entry id " + text + " cannot be a position: " + Long.MAX_VALUE + "-" + MOST_SEQUENCE
                        + " is the last that can. Let Redis choose the ids (XADD with *)");
    }

    /** The place right before this entry. */
    EntryId before() {
        return new EntryId(milliseconds, sequence - 1);
    }

    /** The first id that can follow. */
    EntryId next() {
        return new EntryId(milliseconds, sequence + 1);
    }

    /** The position of the entry's change. */
    Position position() {
        return new Position(milliseconds, (sequence + 1) << PLACES);
    }

    /** A position behind this entry and before whatever follows. */
    Position end() {
        return new Position(milliseconds, position().minor() + 1);
    }

    /** The entry that a position made here is behind. */
    static EntryId of(Position position) {
        return new EntryId(position.major(), (position.minor() >>> PLACES) - 1);
    }

    /** The position after this one that is still before any other entry; this one when there is none left. */
    static Position idle(Position position) {
        Position next = new Position(position.major(), position.minor() + 1);
        return of(next).equals(of(position)) ? next : position;
    }

    boolean isAfter(EntryId other) {
        return compareTo(other) > 0;
    }

    boolean isBefore(EntryId other) {
        return compareTo(other) < 0;
    }

    @Override
    public int compareTo(EntryId other) {
        int byTime = Long.compare(milliseconds, other.milliseconds);
        return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }

    /** As Redis writes it. */
    @Override
    public String toString() {
        if (sequence >= 0) {
            return milliseconds + "-" + sequence;
        }
        return milliseconds == 0 ? "0-0" : (milliseconds - 1) + "-" + MOST_IN_REDIS;
    }
}
