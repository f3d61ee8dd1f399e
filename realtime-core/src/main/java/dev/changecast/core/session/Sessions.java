package dev.changecast.core.session;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.ConnectionListener;
import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.Refusal;
import dev.changecast.api.transport.SessionGateway;
import dev.changecast.core.Authentication;
import dev.changecast.core.Authenticator;
import dev.changecast.core.DeliveryListener;
import dev.changecast.core.Limits;
import dev.changecast.core.OpenSession;
import dev.changecast.core.Presence;
import dev.changecast.core.Refusals;
import dev.changecast.core.Revocation;
import dev.changecast.core.SessionDetail;
import dev.changecast.core.SessionLoad;
import dev.changecast.core.Statistics.SessionFigures;
import dev.changecast.core.Statistics.SnapshotFigures;
import dev.changecast.core.Statistics.SubscriptionFigures;
import dev.changecast.core.Statistics.TransportFigures;
import dev.changecast.core.capture.Feed;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.hub.FeedReceiver;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.publish.Publisher;
import dev.changecast.core.publish.WaitingNotifications;
import dev.changecast.core.room.SocialSettings;
import dev.changecast.core.view.Collections;
import dev.changecast.core.view.ViewResolver;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets connections in, makes them sessions, and spreads them over the dispatchers. */
public final class Sessions implements SessionGateway, SessionContext, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Sessions.class);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Limits limits;
    private final Duration timeToAuthenticate;
    private final ViewResolver views;
    private final List<Dispatcher> dispatchers = new ArrayList<>();
    private final Admission admission;
    private final Gatekeeper gatekeeper;
    private final RefusalCount refusals = new RefusalCount();
    private final SessionCounters counters = new SessionCounters();
    private final ConcurrentHashMap<ClientSession, Admission.Place> places = new ConcurrentHashMap<>();
    private final ExecutorService readers;
    private final Snapshots snapshots;
    private final Social social;
    private final SessionStatistics statistics;
    private volatile List<Feed> feeds = List.of();
    private volatile @Nullable Feed messages;
    private volatile @Nullable WaitingNotifications waiting;

    public Sessions(
            Limits limits,
            Authenticator authenticator,
            Duration timeToAuthenticate,
            Collections collections,
            SocialSettings social,
            @Nullable DeliveryListener listener,
            int threads) {
        this.limits = limits;
        this.timeToAuthenticate = timeToAuthenticate;
        this.views = new ViewResolver(collections, limits.filters());
        this.admission = new Admission(limits);
        this.gatekeeper = new Gatekeeper(limits, authenticator, admission);
        this.snapshots = new Snapshots(limits.snapshotRows(), counters.snapshots);
        for (int i = 0; i < threads; i++) {
            dispatchers.add(new Dispatcher(i, listener));
        }
        this.social = new Social(social, dispatchers);
        this.statistics = new SessionStatistics(limits, dispatchers, admission, this.social, counters);
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(2, 2, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "changecast-reader-" + number.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        this.readers = pool;
    }

    /** Those that hubs tell. */
    public List<? extends FeedReceiver> receivers() {
        return dispatchers;
    }

    /**
     * Lets sessions in.
     *
     * @param feeds those of the sources
     * @param messages that of published messages
     * @param waiting what waits for users who were not there; null where nothing does
     * @param publisher puts what clients say among the messages
     */
    public void start(List<Feed> feeds, Feed messages, @Nullable WaitingNotifications waiting, Publisher publisher) {
        this.waiting = waiting;
        this.feeds = List.copyOf(feeds);
        this.messages = messages;
        social.publishBy(publisher);
        dispatchers.forEach(Dispatcher::start);
        gatekeeper.open();
    }

    public int count() {
        return places.size();
    }

    /** Since something of this feed last reached all threads that own sessions; null before the first time. */
    public @Nullable Duration silence(FeedHub hub) {
        Duration longest = Duration.ZERO;
        for (Dispatcher dispatcher : dispatchers) {
            Duration here = dispatcher.silence(hub);
            if (here == null) {
                return null;
            }
            longest = here.compareTo(longest) > 0 ? here : longest;
        }
        return longest;
    }

    public List<TransportFigures> transports() {
        return statistics.transports();
    }

    public SessionFigures figures() {
        return statistics.sessions(count());
    }

    public SubscriptionFigures subscriptions() {
        return statistics.subscriptions(hubs());
    }

    public SnapshotFigures snapshots() {
        return snapshots.figures();
    }

    // ---- The gateway

    @Override
    public Optional<Refusal> admit(Handshake handshake) {
        if (handshake.header("Origin").isPresent()) {
            return Optional.empty();
        }
        return refusal(gatekeeper.decide(handshake));
    }

    @Override
    public Optional<Refusal> admitListener(Handshake handshake) {
        if (handshake.header("Origin").isPresent()) {
            return Optional.empty();
        }
        Gatekeeper.Decision decision = gatekeeper.decide(handshake);
        return refusal(
                decision.found() instanceof Authentication.Awaited
                        ? Gatekeeper.Decision.unknown(
                                "give a token, as in Authorization: Bearer <token>, or in the query")
                        : decision);
    }

    private Optional<Refusal> refusal(Gatekeeper.Decision decision) {
        if (!decision.isRefusal()) {
            return Optional.empty();
        }
        count(decision);
        return Optional.of(new Refusal(decision.status(), decision.reason()));
    }

    private void count(Gatekeeper.Decision refusal) {
        if (refusal.status() == 401) {
            counters.notAuthenticated();
        }
        refusals.error(refusal.error());
        refusals.close(refusal.closeCode());
    }

    @Override
    public boolean allowsOrigin(Handshake handshake) {
        return Origins.allows(limits.allowedOrigins(), handshake);
    }

    @Override
    public boolean allowsCredentials(Handshake handshake) {
        return Origins.allowsByName(limits.allowedOrigins(), handshake);
    }

    @Override
    public int maxMessageBytes() {
        return limits.messageBytes();
    }

    @Override
    public ConnectionListener open(Handshake handshake, ClientConnection connection) {
        Gatekeeper.Decision decision = gatekeeper.decide(handshake);
        Authentication.Accepted accepted = decision.found() instanceof Authentication.Accepted known ? known : null;
        Admission.Place place = null;
        if (!decision.isRefusal()) {
            String address = handshake.remoteAddress();
            place = accepted == null
                    ? admission.enterUnknown(address)
                    : admission.enter(address, accepted.identity().user());
            if (place.refusal() != null) {
                decision = Gatekeeper.Decision.refusal(429, 4429, ErrorCode.TOO_MANY, place.refusal());
            }
        }
        if (decision.isRefusal()) {
            log.debug("Refused {}: {}", handshake, decision.reason());
            Gatekeeper.Decision why = decision;
            count(why);
            connection.write(
                    List.of(Messages.error(null, why.error(), "connect", why.reason())),
                    delivered -> connection.close(why.closeCode(), why.reason()));
            return new RefusedClient();
        }
        Dispatcher dispatcher = dispatchers.stream()
                .min(Comparator.comparingInt(Dispatcher::sessionCount))
                .orElseThrow();
        byte[] name = new byte[12];
        RANDOM.nextBytes(name);
        ClientSession session = new ClientSession(
                HexFormat.of().formatHex(name),
                new ClientSession.Origin(handshake.transport(), handshake.remoteAddress(), Instant.now()),
                accepted,
                connection,
                dispatcher,
                this,
                // EventSource gives back by itself what the last event's id was: offsets, as clients keep them.
                handshake
                        .header("Last-Event-ID")
                        .filter(id -> !id.isEmpty())
                        .or(() -> handshake.parameter("since"))
                        .filter(since -> !since.isEmpty())
                        .orElse(null));
        places.put(session, requireNonNull(place));
        log.atDebug()
                .addKeyValue("session", session.name())
                .log(
                        "Session {} opened over {} from {}",
                        session.name(),
                        handshake.transport(),
                        handshake.remoteAddress());
        counters.transport(handshake.transport()).opened();
        if (place.replaces() != null) {
            replace(place.replaces());
        }
        dispatcher.execute(() -> {
            dispatcher.add(session);
            session.begin();
        });
        return session;
    }

    /** Ends the session that had this place, unless it has another one by then. */
    private void replace(Admission.Place left) {
        String late = "no token came yet, and " + limits.unauthenticated() + " newer connections wait to show one, too";
        // Rare enough to look through all sessions.
        places.forEach((session, place) -> {
            if (place == left) {
                session.dispatcher().execute(() -> {
                    if (!left.isStrangers()) {
                        session.replaced();
                    } else if (places.get(session) == left) {
                        // It may have been about to, and then it shall come back: nothing is wrong with it.
                        session.close(4501, late);
                    }
                });
            }
        });
    }

    // ---- What the embedder asks for

    /** Makes tokens void, and ends the sessions that are open with them; tells how many. */
    public int revoke(Revocation revocation) {
        // First this, so that a session that opens meanwhile finds it or is found.
        gatekeeper.revoke(revocation);
        int ended = 0;
        for (ClientSession session : places.keySet()) {
            ended += session.isCoveredBy(revocation) ? 1 : 0;
            session.dispatcher().execute(() -> session.revoke(revocation));
        }
        return ended;
    }

    /** Ends sessions, which may come back; tells how many. */
    public int disconnect(Predicate<OpenSession> which) {
        int ended = 0;
        for (ClientSession session : places.keySet()) {
            if (which.test(session.described())) {
                ended++;
                session.dispatcher().execute(() -> session.close(4500, "disconnected by the server"));
            }
        }
        return ended;
    }

    /** The sessions that are open, oldest first. */
    public List<OpenSession> open() {
        return places.keySet().stream()
                .map(ClientSession::described)
                .sorted(Comparator.comparing(OpenSession::openedAt))
                .toList();
    }

    /** Those that are worst off, so many at most. */
    public CompletableFuture<List<SessionLoad>> slowest(int most) {
        return Survey.slowest(dispatchers, most);
    }

    /** How one is doing; empty when there is none of that name. */
    public CompletableFuture<Optional<SessionDetail>> detail(String name) {
        for (ClientSession session : places.keySet()) {
            if (session.name().equals(name)) {
                return Survey.on(
                        session.dispatcher(),
                        () -> session.isOver()
                                ? Optional.empty()
                                : Optional.of(session.report().detail(System.nanoTime())));
            }
        }
        return CompletableFuture.completedFuture(Optional.empty());
    }

    /** Who is connected, and in which rooms. */
    public Presence presence() {
        return social.registry();
    }

    /** What clients were refused so far. */
    public Refusals refused() {
        return refusals.present();
    }

    // ---- What sessions need

    @Override
    public Social social() {
        return social;
    }

    @Override
    public RefusalCount refusals() {
        return refusals;
    }

    @Override
    public SessionCounters counters() {
        return counters;
    }

    @Override
    public Limits limits() {
        return limits;
    }

    @Override
    public ViewResolver views() {
        return views;
    }

    @Override
    public List<FeedHub> hubs() {
        return Stream.concat(feeds.stream(), Stream.ofNullable(messages))
                .map(Feed::hub)
                .toList();
    }

    @Override
    public FeedHub hub(String source) {
        return feed(source).hub();
    }

    @Override
    public FeedHub messages() {
        return requireNonNull(messages).hub();
    }

    @Override
    public @Nullable WaitingNotifications waiting() {
        return waiting;
    }

    private Feed feed(String source) {
        return Stream.concat(feeds.stream(), Stream.of(requireNonNull(messages)))
                .filter(feed -> feed.name().equals(source))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public String stateOf(FeedHub hub) {
        return feed(hub.source()).state();
    }

    @Override
    public boolean isStreaming(FeedHub hub) {
        return feed(hub.source()).isStreaming();
    }

    @Override
    public void lookAgain(Runnable then) {
        Feed.lookAgain(feeds).whenComplete((done, failure) -> then.run());
    }

    @Override
    public void lookAgain(FeedHub hub, Runnable then) {
        feed(hub.source()).lookAgain().whenComplete((done, failure) -> then.run());
    }

    @Override
    public Optional<String> silentSource() {
        return feeds.stream().filter(feed -> !feed.hasTold()).map(Feed::name).findFirst();
    }

    @Override
    public HandOver handOver(Subscription subscription) {
        Feed feed = feed(subscription.view().source());
        return new HandOver(
                subscription, snapshots.join(subscription, feed, subscription.relation()), snapshots.fences(feed));
    }

    @Override
    public Executor readers() {
        return readers;
    }

    @Override
    public Duration timeToAuthenticate() {
        return timeToAuthenticate;
    }

    @Override
    public Authentication examine(String token) {
        return gatekeeper.examine(token);
    }

    @Override
    public boolean isRevoked(Authentication.Accepted accepted) {
        return gatekeeper.isRevoked(accepted);
    }

    @Override
    public @Nullable String identified(ClientSession session, @Nullable String user) {
        Admission.Place place = places.get(session);
        if (place == null) {
            return null;
        }
        Admission.Place now = admission.identify(place, user);
        if (now.refusal() == null) {
            places.put(session, now);
            if (now.replaces() != null) {
                replace(now.replaces());
            }
        }
        return now.refusal();
    }

    @Override
    public void ended(ClientSession session) {
        Admission.Place place = places.remove(session);
        if (place != null) {
            log.atDebug().addKeyValue("session", session.name()).log("Session {} ended", session.name());
            admission.leave(place);
        }
    }

    // ---- The end

    /**
     * Lets nobody in from now on, tells every client that the server is going, spread over this time, and waits until they
     * are gone, though not much longer. May be called again, also while it runs: the shorter time then holds.
     */
    public void drain(Duration over) throws InterruptedException {
        gatekeeper.close();
        new Draining(places.keySet()).run(over);
    }

    /** Ends the threads. Idempotent. */
    @Override
    public void close() {
        gatekeeper.close();
        dispatchers.forEach(Dispatcher::close);
        readers.shutdownNow();
        snapshots.close();
    }
}
