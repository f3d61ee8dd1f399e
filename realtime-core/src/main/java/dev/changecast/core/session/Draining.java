package dev.changecast.core.session;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Tells one client after the other that the server is going, so that they do not all come back at once. */
final class Draining {
    /** How long a client is asked to wait at most before it comes back. */
    private static final int RECONNECT_SPREAD_MILLIS = 3000;

    private static final long LEAST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** How long those that were told may take to get what they were told, before the end. */
    private static final long LAST_WORDS_NANOS = TimeUnit.SECONDS.toNanos(6);

    private final Set<ClientSession> present;
    private final CountDownLatch never = new CountDownLatch(1);

    /** @param present those that are there, at each moment */
    Draining(Set<ClientSession> present) {
        this.present = present;
    }

    /**
     * Returns when they are gone, or a few seconds after the last was told.
     *
     * @param over from when the first is told until when the last is
     */
    void run(Duration over) throws InterruptedException {
        Set<ClientSession> told = Set.copyOf(present);
        long began = System.nanoTime();
        int turn = 0;
        for (ClientSession session : told) {
            turn++;
            if (present.contains(session)) {
                tell(session);
                if (turn < told.size()) {
                    awaitTurn(began + over.toNanos() / told.size() * turn);
                }
            }
        }
        // Who was just coming in when the door was closed.
        present.stream().filter(session -> !told.contains(session)).forEach(Draining::tell);
        long deadline = System.nanoTime() + LAST_WORDS_NANOS;
        while (!present.isEmpty() && System.nanoTime() - deadline < 0) {
            never.await(10, TimeUnit.MILLISECONDS);
        }
    }

    /** As many as are due at once: no clock is fine enough for each of ten thousand in a second. */
    private void awaitTurn(long due) throws InterruptedException {
        long wait = due - System.nanoTime();
        while (wait > LEAST_PAUSE_NANOS && !present.isEmpty()) {
            never.await(Math.min(wait, LOOK_NANOS), TimeUnit.NANOSECONDS);
            wait = due - System.nanoTime();
        }
    }

    private static void tell(ClientSession session) {
        session.dispatcher()
                .execute(() -> session.drain(ThreadLocalRandom.current().nextInt(RECONNECT_SPREAD_MILLIS)));
    }
}
