package dev.changecast.core.session;

import dev.changecast.core.Limits;
import dev.changecast.core.Statistics.SessionFigures;
import dev.changecast.core.Statistics.SubscriptionFigures;
import dev.changecast.core.Statistics.TransportFigures;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.statistics.ThreadCount;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** What the threads that own sessions have counted, put together. Any thread. */
final class SessionStatistics {
    private final Limits limits;
    private final List<Dispatcher> dispatchers;
    private final Admission admission;
    private final Social social;
    private final SessionCounters counters;

    SessionStatistics(
            Limits limits, List<Dispatcher> dispatchers, Admission admission, Social social, SessionCounters counters) {
        this.limits = limits;
        this.dispatchers = dispatchers;
        this.admission = admission;
        this.social = social;
        this.counters = counters;
    }

    List<TransportFigures> transports() {
        return counters.transports(
                dispatchers.stream().map(Dispatcher::counters).toList());
    }

    /** @param open how many are open */
    SessionFigures sessions(int open) {
        long now = System.nanoTime();
        long silence = 0;
        long longest = 0;
        for (Dispatcher dispatcher : dispatchers) {
            DispatcherCounters here = dispatcher.counters();
            silence = Math.max(silence, here.round.get() == 0 ? 0 : now - here.round.get());
            longest = Math.max(longest, here.longestQueueBytes.get());
        }
        return new SessionFigures(
                open,
                limits.connections(),
                admission.strangers(),
                social.registry().onlineUsers(),
                social.registry().roomCount(),
                sum(here -> here.queueBytes),
                longest,
                (int) sum(here -> here.behind),
                sum(here -> here.fellBehind),
                sum(here -> here.dropped),
                counters.authenticationFailures(),
                Duration.ofNanos(silence),
                counters.ended());
    }

    private long sum(Function<DispatcherCounters, ThreadCount> which) {
        return dispatchers.stream()
                .mapToLong(each -> which.apply(each.counters()).get())
                .sum();
    }

    /** @param hubs of all feeds */
    SubscriptionFigures subscriptions(List<FeedHub> hubs) {
        return new SubscriptionFigures(
                (int) sum(here -> here.subscriptions),
                (int) sum(here -> here.preparing),
                sum(here -> here.begun),
                sum(here -> here.resumed),
                counters.resets.present(),
                hubs.stream().mapToLong(hub -> hub.counters().conflated()).sum(),
                counters.readyTime.present());
    }
}
