package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.core.publish.Publication;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * For which part of the log each address of a session counts. One that was joined later than the others, or goes further
 * back than they do, makes the session read a part of the log again; it must not get anything again then.
 */
final class Spans {
    /** Where all began that are not named in {@code begins}. */
    private Position start;

    /** Behind which place an address counts. */
    private final Map<String, Position> begins;

    /** Up to where the session has had what is for an address, while it reads what is before that. */
    private final Map<String, Position> had;

    /** What had waited and was sent, before all began. */
    private Set<Position> sent;

    Spans(Position start) {
        this(start, new HashMap<>(2), new HashMap<>(2), Set.of());
    }

    private Spans(Position start, Map<String, Position> begins, Map<String, Position> had, Set<Position> sent) {
        this.start = start;
        this.begins = begins;
        this.had = had;
        this.sent = sent;
    }

    /** All addresses begin here, whatever was before. */
    void start(Position position) {
        start = position;
        begins.clear();
        had.clear();
        sent = Set.of();
    }

    /** What is at these places, before all began, was sent. As many at most as may wait for one user. */
    void sent(List<Position> places) {
        if (!places.isEmpty()) {
            Set<Position> more = new HashSet<>(sent);
            more.addAll(places);
            sent = Set.copyOf(more);
        }
    }

    void begin(String address, Position position) {
        begins.put(address, position);
    }

    void end(String address) {
        begins.remove(address);
        had.remove(address);
    }

    /** What is for these addresses has come up to here, and what is before that will be read again. */
    void goBack(Set<String> addresses, Position from) {
        addresses.forEach(address -> had.merge(address, from, (one, other) -> one.isAfter(other) ? one : other));
    }

    /** Nothing is read again any more. */
    void caughtUp() {
        had.clear();
    }

    /** Whether part of the log is read again. */
    boolean isReadingAgain() {
        return !had.isEmpty();
    }

    /** As they are now, for another thread. */
    Spans copy() {
        return new Spans(start, Map.copyOf(begins), Map.copyOf(had), sent);
    }

    /** The first of a message's addresses that it is to be delivered by; -1 when there is none, or it has been. */
    int first(Publication publication, Position at, Set<String> own) {
        if (sent.contains(at)) {
            return -1;
        }
        int first = -1;
        for (int i = 0; i < publication.addresses(); i++) {
            String address = publication.address(i);
            if (own.contains(address) && at.isAfter(begins.getOrDefault(address, start))) {
                if (!at.isAfter(had.getOrDefault(address, Position.ZERO))) {
                    return -1;
                }
                first = first < 0 ? i : first;
            }
        }
        return first;
    }
}
