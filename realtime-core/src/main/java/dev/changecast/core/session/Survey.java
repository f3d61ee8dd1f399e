package dev.changecast.core.session;

import dev.changecast.core.SessionLoad;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Asks the threads that own sessions how these are doing. Each looks at its own, in one go. */
final class Survey {
    /** A thread that has ended, or stands still for so long, answers nobody. */
    private static final int PATIENCE_SECONDS = 10;

    /** Where the whole machine is slow, everybody is behind; who takes nothing stands out all the same. */
    private static final Comparator<SessionLoad> WORST = Comparator.comparing(SessionLoad::stalled)
            .thenComparing(SessionLoad::behind)
            .thenComparing(SessionLoad::waitingBytes);

    private Survey() {}

    /** Those that lack something, the worst first, and so many at most. */
    static CompletableFuture<List<SessionLoad>> slowest(List<Dispatcher> dispatchers, int most) {
        CompletableFuture<List<SessionLoad>> all = CompletableFuture.completedFuture(List.of());
        for (Dispatcher dispatcher : dispatchers) {
            CompletableFuture<List<SessionLoad>> own = on(dispatcher, () -> slowest(dispatcher.sessions(), most));
            all = all.thenCombine(own, (first, second) -> worst(first, second, most));
        }
        return all;
    }

    private static List<SessionLoad> slowest(Iterable<ClientSession> sessions, int most) {
        PriorityQueue<SessionLoad> slowest = new PriorityQueue<>(WORST);
        for (ClientSession session : sessions) {
            long now = System.nanoTime();
            SessionReport report = session.report();
            if (report.outbox().waitingBytes() > 0 || report.behindNanos(now) > 0) {
                slowest.add(report.load(now));
                if (slowest.size() > most) {
                    slowest.poll();
                }
            }
        }
        return List.copyOf(slowest);
    }

    private static List<SessionLoad> worst(List<SessionLoad> first, List<SessionLoad> second, int most) {
        List<SessionLoad> both = new ArrayList<>(first);
        both.addAll(second);
        both.sort(WORST.reversed());
        return List.copyOf(both.subList(0, Math.min(most, both.size())));
    }

    /** What a dispatcher's thread finds out about its sessions. */
    static <T> CompletableFuture<T> on(Dispatcher dispatcher, Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        dispatcher.execute(() -> {
            try {
                answer.complete(question.get());
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
