package dev.changecast.core.session;

import dev.changecast.core.Authentication;
import dev.changecast.core.Limits;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.publish.WaitingNotifications;
import dev.changecast.core.view.ViewResolver;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What every session needs of the engine. All methods may be called from any thread. */
interface SessionContext {
    Limits limits();

    ViewResolver views();

    List<FeedHub> hubs();

    FeedHub hub(String source);

    /** The hub of published messages. */
    FeedHub messages();

    /** What waits for users who were not there; null where nothing does. */
    @Nullable
    WaitingNotifications waiting();

    /** The state of a source, in a word for clients. */
    String stateOf(FeedHub hub);

    /** Whether a source captures. */
    boolean isStreaming(FeedHub hub);

    /** Asks the sources again which relations there are, and then runs this; not more often than makes sense. */
    void lookAgain(Runnable then);

    /** Asks one source again which relations there are, and then runs this, also when it cannot tell. */
    void lookAgain(FeedHub hub, Runnable then);

    /** A source that has not yet told its relations; empty when all have. */
    Optional<String> silentSource();

    /**
     * Begins a snapshot, or joins one, for a subscription.
     *
     * @throws dev.changecast.api.ChangecastException when that is not possible
     */
    HandOver handOver(Subscription subscription);

    /** Runs what reads the log for sessions that are behind. */
    Executor readers();

    /** How long a client may take to say who it is. */
    Duration timeToAuthenticate();

    /** Finds out what a token says that came as a message; whatever goes wrong is part of the answer. */
    Authentication examine(String token);

    /** Whether what a client is known by is void before its time. */
    boolean isRevoked(Authentication.Accepted accepted);

    /**
     * It is known now whose session this is, which was nobody's before.
     *
     * @param user null for somebody anonymous
     * @return why it cannot stay; null when it can
     */
    @Nullable
    String identified(ClientSession session, @Nullable String user);

    /** Rooms, presence and chat. */
    Social social();

    /** Counts what clients are refused. */
    RefusalCount refusals();

    /** Counts what sessions do. */
    SessionCounters counters();

    void ended(ClientSession session);
}
