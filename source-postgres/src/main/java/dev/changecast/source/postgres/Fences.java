package dev.changecast.source.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Fences that wait for their tick, also over a run that fails. Thread-safe. */
final class Fences {
    private record Fence(long tick, String id) {}

    private final ConcurrentLinkedQueue<Fence> raised = new ConcurrentLinkedQueue<>();

    void raise(long tick, String id) {
        raised.add(new Fence(tick, id));
    }

    /** Those up to a tick, which are then gone. */
    List<String> reached(long tick) {
        if (raised.isEmpty()) {
            return List.of();
        }
        List<String> reached = new ArrayList<>();
        raised.removeIf(fence -> {
            if (fence.tick > tick) {
                return false;
            }
            reached.add(fence.id);
            return true;
        });
        return reached;
    }

    /** They were of a history that has ended. */
    void forget() {
        raised.clear();
    }
}
