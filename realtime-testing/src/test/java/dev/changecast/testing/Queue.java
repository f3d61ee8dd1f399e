package dev.changecast.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** A message broker's queue: what was taken and not confirmed comes again when who took it has gone. */
final class Queue {
    record Entry(long id, Write write) {}

    private final TreeMap<Long, Entry> waiting = new TreeMap<>();
    private final TreeMap<Long, Entry> taken = new TreeMap<>();
    private long last;

    synchronized void add(Write write) {
        waiting.put(++last, new Entry(last, write));
    }

    /** Somebody else comes: all that was not confirmed waits again. */
    synchronized void attach() {
        waiting.putAll(taken);
        taken.clear();
    }

    synchronized List<Entry> take() {
        List<Entry> all = new ArrayList<>(waiting.values());
        taken.putAll(waiting);
        waiting.clear();
        return all;
    }

    synchronized void confirm(long id) {
        taken.remove(id);
    }

    synchronized int unconfirmed() {
        return taken.size();
    }
}
