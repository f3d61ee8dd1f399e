package dev.changecast.core.session;

import dev.changecast.core.statistics.RouteCounters;
import dev.changecast.core.view.View;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The subscriptions to one view that one dispatcher owns. */
final class FeedChannel {
    final View view;
    final RouteCounters counters;

    /** Whether the hub's slices hold this view's changes. */
    boolean active;

    /** Those that are pushed to, in no order. */
    final List<Subscription> ready = new ArrayList<>();

    /** Those that are not yet: they wait for the view to be active, or read what they missed. */
    final Set<Subscription> preparing = new LinkedHashSet<>();

    FeedChannel(View view, RouteCounters counters) {
        this.view = view;
        this.counters = counters;
    }

    boolean isEmpty() {
        return ready.isEmpty() && preparing.isEmpty();
    }

    void addReady(Subscription subscription) {
        preparing.remove(subscription);
        subscription.index = ready.size();
        ready.add(subscription);
    }

    void remove(Subscription subscription) {
        if (!preparing.remove(subscription) && subscription.index >= 0) {
            Subscription last = ready.remove(ready.size() - 1);
            if (last != subscription) {
                ready.set(subscription.index, last);
                last.index = subscription.index;
            }
            subscription.index = -1;
        }
    }
}
