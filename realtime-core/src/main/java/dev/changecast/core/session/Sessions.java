package dev.changecast.core.session;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.ConnectionListener;
import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.Refusal;
import dev.changecast.api.transport.SessionGateway;
import dev.changecast.core.Authenticator;
import dev.changecast.core.Identity;
import dev.changecast.core.Limits;
import dev.changecast.core.capture.Feed;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.hub.FeedReceiver;
import dev.changecast.core.protocol.Messages;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets connections in, makes them sessions, and spreads them over the dispatchers. */
public final class Sessions implements SessionGateway, SessionContext, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Sessions.class);
    private static final SecureRandom RANDOM = new SecureRandom();

    /** How long clients are asked to wait at most before they come back to a server that went away. */
    private static final int RECONNECT_SPREAD_MILLIS = 3000;

    /** Why a handshake is refused: the close code goes to browsers, the status to everybody else. */
    private record Decision(int status, int closeCode, ErrorCode error, String reason) {}

    private final Limits limits;
    private final Authenticator authenticator;
    private final ViewResolver views;
    private final List<Dispatcher> dispatchers = new ArrayList<>();
    private final Admission admission;
    private final ConcurrentHashMap<ClientSession, Admission.Place> places = new ConcurrentHashMap<>();
    private final ExecutorService readers;
    private final Snapshots snapshots;
    private volatile List<Feed> feeds = List.of();
    private volatile @Nullable Feed messages;
    private volatile boolean open;

    public Sessions(Limits limits, Authenticator authenticator, Collections collections, int threads) {
        this.limits = limits;
        this.authenticator = authenticator;
        this.views = new ViewResolver(collections, limits.filters());
        this.admission = new Admission(limits);
        this.snapshots = new Snapshots(limits.snapshotRows());
        for (int i = 0; i < threads; i++) {
            dispatchers.add(new Dispatcher(i));
        }
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
     */
    public void start(List<Feed> feeds, Feed messages) {
        this.feeds = List.copyOf(feeds);
        this.messages = messages;
        dispatchers.forEach(Dispatcher::start);
        open = true;
    }

    public int count() {
        return places.size();
    }

    /** When something of this feed last reached all threads that own sessions; null before the first time. */
    public @Nullable Instant delivered(FeedHub hub) {
        Instant oldest = null;
        for (Dispatcher dispatcher : dispatchers) {
            Instant here = dispatcher.delivered(hub);
            if (here == null) {
                return null;
            }
            oldest = oldest == null || here.isBefore(oldest) ? here : oldest;
        }
        return oldest;
    }

    // ---- The gateway

    @Override
    public Optional<Refusal> admit(Handshake handshake) {
        if (handshake.header("Origin").isPresent()) {
            return Optional.empty();
        }
        return Optional.ofNullable(decide(handshake, null))
                .map(decision -> new Refusal(decision.status, decision.reason));
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
        Decision decision = null;
        Optional<Identity> identity = Optional.empty();
        try {
            identity = open ? authenticator.authenticate(handshake) : identity;
        } catch (RuntimeException e) {
            decision = failed(e);
        }
        decision = decision == null ? decide(handshake, identity) : decision;
        Admission.Place place = null;
        if (decision == null) {
            place = admission.enter(
                    handshake.remoteAddress(),
                    requireNonNull(identity.orElseThrow()).user());
            if (place.refusal() != null) {
                decision = new Decision(429, 4429, ErrorCode.TOO_MANY, place.refusal());
            }
        }
        if (decision != null) {
            log.debug("Refused {}: {}", handshake, decision.reason);
            Decision why = decision;
            connection.write(
                    List.of(Messages.error(null, why.error, "connect", why.reason)),
                    delivered -> connection.close(why.closeCode, why.reason));
            return new Refused();
        }
        Dispatcher dispatcher = dispatchers.stream()
                .min(Comparator.comparingInt(Dispatcher::sessionCount))
                .orElseThrow();
        byte[] name = new byte[12];
        RANDOM.nextBytes(name);
        ClientSession session = new ClientSession(
                HexFormat.of().formatHex(name),
                identity.orElseThrow(),
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
        if (place.replaces() != null) {
            replace(place.replaces());
        }
        dispatcher.execute(() -> {
            dispatcher.add(session);
            session.begin();
        });
        return session;
    }

    /** Rare enough to look through all sessions. */
    private void replace(Admission.Place left) {
        places.forEach((session, place) -> {
            if (place == left) {
                session.dispatcher().execute(session::replaced);
            }
        });
    }

    /** @param identity null when it was not yet asked for */
    private @Nullable Decision decide(Handshake handshake, @Nullable Optional<Identity> identity) {
        if (!open) {
            return new Decision(503, 4501, ErrorCode.BUSY, "the server is starting or going; come back in a moment");
        }
        if (!Origins.allows(limits.allowedOrigins(), handshake)) {
            return new Decision(
                    403,
                    4403,
                    ErrorCode.FORBIDDEN,
                    "pages of " + Origins.shown(handshake) + " may not connect; see allowed_origins");
        }
        String full = admission.wouldRefuse(handshake.remoteAddress());
        if (full != null) {
            return new Decision(429, 4429, ErrorCode.TOO_MANY, full);
        }
        Optional<Identity> found;
        try {
            found = identity == null ? authenticator.authenticate(handshake) : identity;
        } catch (RuntimeException e) {
            return failed(e);
        }
        return found.isPresent()
                ? null
                : new Decision(401, 4401, ErrorCode.FORBIDDEN, "this server needs to know who you are");
    }

    private static Decision failed(RuntimeException failure) {
        log.warn("The authenticator failed", failure);
        return new Decision(503, 4501, ErrorCode.BUSY, "who you are cannot be found out at the moment");
    }

    // ---- What sessions need

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
        return Stream.concat(feeds.stream(), Stream.of(requireNonNull(messages)))
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
    public void ended(ClientSession session) {
        Admission.Place place = places.remove(session);
        if (place != null) {
            admission.leave(place);
        }
    }

    // ---- The end

    /** Tells every client that the server is going, spread over this time, and waits until they are gone. */
    public void drain(Duration over) throws InterruptedException {
        open = false;
        Set<ClientSession> all = Set.copyOf(places.keySet());
        if (all.isEmpty()) {
            return;
        }
        long pause = over.toNanos() / all.size();
        CountDownLatch told = new CountDownLatch(all.size());
        CountDownLatch never = new CountDownLatch(1);
        for (ClientSession session : all) {
            session.dispatcher().execute(() -> {
                session.drain(ThreadLocalRandom.current().nextInt(RECONNECT_SPREAD_MILLIS));
                told.countDown();
            });
            if (never.await(pause, TimeUnit.NANOSECONDS)) {
                break;
            }
        }
        told.await(5, TimeUnit.SECONDS);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(6);
        while (!places.isEmpty() && System.nanoTime() - deadline < 0) {
            never.await(10, TimeUnit.MILLISECONDS);
        }
    }

    /** Ends the threads. Idempotent. */
    @Override
    public void close() {
        open = false;
        dispatchers.forEach(Dispatcher::close);
        readers.shutdownNow();
        snapshots.close();
    }

    /** Takes what a refused client sends, and does nothing. */
    private static final class Refused implements ConnectionListener {
        @Override
        public void onMessage(String json) {}

        @Override
        public void onBadMessage(String what) {}

        @Override
        public void onAlive() {}

        @Override
        public void onClosed() {}
    }
}
