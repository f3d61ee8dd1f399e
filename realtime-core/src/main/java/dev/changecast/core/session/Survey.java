package dev.changecast.core.session;

import dev.changecast.core.SessionLoad;
import dev.changecast.core.SessionSurvey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Asks the threads that own sessions how these are doing. Each looks at its own, in one go: about a millisecond for ten
 * thousand.
 */
final class Survey {
    /** A thread that has ended, or stands still for so long, answers nobody. */
    private static final int PATIENCE_SECONDS = 10;

    private static final Comparator<SessionLoad> WORST = Comparator.comparing(SessionLoad::behind)
            .thenComparing(SessionLoad::stalled)
            .thenComparing(SessionLoad::waitingBytes);

    private final int most;
    private final Map<String, Integer> byTransport = new HashMap<>();
    private final PriorityQueue<SessionLoad> slowest = new PriorityQueue<>(WORST);
    private long waitingBytes;
    private long subscriptions;
    private int behind;
    private int stalled;

    private Survey(int most) {
        this.most = most;
    }

    /** @param most how many of the slowest are named */
    static CompletableFuture<SessionSurvey> of(List<Dispatcher> dispatchers, int most) {
        CompletableFuture<Survey> all = CompletableFuture.completedFuture(new Survey(most));
        for (Dispatcher dispatcher : dispatchers) {
            CompletableFuture<Survey> part = on(dispatcher, () -> {
                Survey own = new Survey(most);
                dispatcher.sessions().forEach(own::add);
                return own;
            });
            all = all.thenCombine(part, Survey::and);
        }
        return all.thenApply(Survey::result);
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

    private void add(ClientSession session) {
        long now = System.nanoTime();
        SessionReport report = session.report();
        byTransport.merge(session.transport(), 1, Integer::sum);
        long bytes = report.outbox().waitingBytes();
        boolean isBehind = report.behindNanos(now) > 0;
        waitingBytes += bytes;
        subscriptions += report.subscriptions().all().size();
        behind += isBehind ? 1 : 0;
        stalled += report.outbox().stalledNanos(now) >= SessionSurvey.STALLED.toNanos() ? 1 : 0;
        if (bytes > 0 || isBehind) {
            offer(report.load(now));
        }
    }

    private void offer(SessionLoad load) {
        slowest.add(load);
        if (slowest.size() > most) {
            slowest.poll();
        }
    }

    private Survey and(Survey other) {
        other.byTransport.forEach((transport, count) -> byTransport.merge(transport, count, Integer::sum));
        waitingBytes += other.waitingBytes;
        subscriptions += other.subscriptions;
        behind += other.behind;
        stalled += other.stalled;
        other.slowest.forEach(this::offer);
        return this;
    }

    private SessionSurvey result() {
        List<SessionLoad> worstFirst = new ArrayList<>(slowest);
        worstFirst.sort(WORST.reversed());
        return new SessionSurvey(byTransport, waitingBytes, subscriptions, behind, stalled, worstFirst);
    }
}
