package dev.changecast.core.hub;

import java.util.List;

/** Takes what a hub tells; one for each thread that owns sessions. */
@FunctionalInterface
public interface FeedReceiver {
    /** Called by the hub's thread only. May block for a moment to slow the hub down. */
    void receive(FeedHub hub, List<FeedEvent> events) throws InterruptedException;
}
