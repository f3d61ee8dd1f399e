package dev.changecast.core;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Relation;
import dev.changecast.api.transport.SessionGateway;
import dev.changecast.api.transport.Transport;
import dev.changecast.core.capture.Feed;
import dev.changecast.core.publish.LiveSource;
import dev.changecast.core.publish.Unlogged;
import dev.changecast.core.publish.WaitingNotifications;
import dev.changecast.core.room.RoomRules;
import dev.changecast.core.room.SocialSettings;
import dev.changecast.core.session.Sessions;
import dev.changecast.core.statistics.RouteCounters;
import dev.changecast.core.view.Collections;
import dev.changecast.core.view.RouteTable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the parts together: source -> log -> hub -> session -> transport. */
final class Engine implements Changecast {
    private static final Logger log = LoggerFactory.getLogger(Engine.class);

    /** Over this time clients are told that the server goes, so that they do not all come back at once. */
    private static final Duration DRAIN = Duration.ofSeconds(1);

    private final Instant madeAt = Instant.now();
    private final Builder settings;
    private final RouteTable routes;
    private final Authorizer authorizer;
    private final Collections collections;
    private final Sessions sessions;
    private final ExecutorService background;
    private final List<Feed> feeds = new CopyOnWriteArrayList<>();
    private final Unlogged unlogged = new Unlogged();
    private final LiveSource live;
    private volatile @Nullable Feed messages;
    private volatile @Nullable WaitingNotifications waiting;
    private final List<Listening> listeners = new CopyOnWriteArrayList<>();
    private boolean started;
    private boolean closed;

    Engine(Builder settings) {
        this.settings = settings;
        this.routes = new RouteTable(settings.routes, settings.limits.filters());
        this.authorizer = settings.authorizer == null ? routes : settings.authorizer;
        this.collections = new Collections(routes, authorizer);
        int threads = Math.max(1, Math.min(8, Runtime.getRuntime().availableProcessors()));
        this.sessions = new Sessions(
                settings.limits,
                settings.authenticator,
                settings.timeToAuthenticate,
                collections,
                new SocialSettings(
                        new RoomRules(settings.rooms), settings.roomLimits, settings.presence, settings.chat),
                settings.deliveryListener,
                threads);
        AtomicInteger number = new AtomicInteger();
        this.background = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "changecast-background-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
        this.live = new LiveSource(settings.history.directory() == null, unlogged, background);
    }

    @Override
    public synchronized void start() {
        if (started) {
            throw new IllegalStateException("the engine was started before");
        }
        started = true;
        try {
            settings.sources.forEach((name, source) ->
                    feeds.add(new Feed(name, source, settings.history, collections, sessions.receivers(), background)));
            Feed published =
                    Feed.ofMessages(live, unlogged, settings.history, collections, sessions.receivers(), background);
            messages = published;
            if (settings.notifications.perUser() > 0) {
                WaitingNotifications notifications = WaitingNotifications.open(
                        settings.history,
                        settings.notifications,
                        published.hub().log(),
                        background);
                waiting = notifications;
                live.keepWaiting(notifications);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        Feed published = requireNonNull(messages);
        sessions.start(new ArrayList<>(feeds), published, waiting, this::publish);
        published.start();
        feeds.forEach(Feed::start);
        settings.transports.forEach(transport -> transport.start(sessions));
    }

    @Override
    public SessionGateway gateway() {
        return sessions;
    }

    @Override
    public List<SourceStatus> sources() {
        return feeds.stream()
                .map(feed -> feed.status(sessions.silence(feed.hub())))
                .toList();
    }

    @Override
    public int sessions() {
        return sessions.count();
    }

    @Override
    public int revoke(Revocation revocation) {
        return sessions.revoke(revocation);
    }

    @Override
    public int disconnectUser(String user) {
        return sessions.disconnect(session -> user.equals(session.user()));
    }

    @Override
    public boolean disconnectSession(String name) {
        return sessions.disconnect(session -> name.equals(session.session())) > 0;
    }

    @Override
    public Refusals refusals() {
        return sessions.refused();
    }

    @Override
    public Statistics statistics() {
        List<Feed> all = new ArrayList<>(feeds);
        Feed published = messages;
        if (published != null) {
            all.add(published);
        }
        return new Statistics(
                madeAt,
                sessions.transports(),
                sessions.figures(),
                sessions.subscriptions(),
                sessions.snapshots(),
                sessions.refused(),
                all.stream()
                        .map(feed -> feed.figures(sessions.silence(feed.hub())))
                        .toList(),
                settings.routes.stream().map(route -> figures(route, all)).toList());
    }

    private static Statistics.RouteFigures figures(Route route, List<Feed> all) {
        List<RouteCounters> counters = all.stream()
                .map(feed -> feed.hub().counters().route(route.from()))
                .toList();
        return new Statistics.RouteFigures(
                route.from(),
                counters.stream().mapToLong(RouteCounters::matches).sum(),
                counters.stream().mapToLong(RouteCounters::delivered).sum());
    }

    @Override
    public List<OpenSession> openSessions() {
        return sessions.open();
    }

    @Override
    public CompletionStage<List<SessionLoad>> slowestSessions(int most) {
        return sessions.slowest(most);
    }

    @Override
    public Authentication examine(String token) {
        return sessions.examine(token);
    }

    @Override
    public CompletionStage<Optional<SessionDetail>> session(String session) {
        return sessions.detail(session);
    }

    @Override
    public List<Explanation> explain(Identity identity) {
        List<Explanation> all = new ArrayList<>();
        collections.relations().forEach((source, relations) -> {
            if (!source.equals(LiveSource.NAME)) {
                relations.stream()
                        .sorted(Comparator.comparing(Relation::qualifiedName))
                        .forEach(relation -> all.add(Explanation.of(routes, authorizer, identity, source, relation)));
            }
        });
        return all;
    }

    @Override
    public Presence presence() {
        return sessions.presence();
    }

    @Override
    public synchronized AutoCloseable onChange(String collection, ChangeListener listener) {
        if (!started) {
            throw new IllegalStateException("start the engine first");
        }
        List<Listening> own = feeds.stream()
                .map(feed -> new Listening(feed, collections, collection, listener))
                .toList();
        listeners.addAll(own);
        own.forEach(Listening::start);
        return () -> {
            own.forEach(Listening::close);
            listeners.removeAll(own);
        };
    }

    @Override
    public CompletionStage<Receipt> publish(Message message) {
        return publish(List.of(message)).thenApply(receipts -> receipts.get(0));
    }

    @Override
    public CompletionStage<List<Receipt>> publish(List<Message> batch) {
        Feed feed = messages;
        if (feed == null) {
            throw new IllegalStateException("start the engine first");
        }
        int most = settings.limits.messageBytes();
        for (Message message : batch) {
            // Three bytes for each of Java's characters at most.
            if (message.content().length() > most / 3) {
                int bytes = message.content().getBytes(StandardCharsets.UTF_8).length;
                if (bytes > most) {
                    return refused(
                            ErrorCode.BAD_MESSAGE,
                            "the content of a message has " + bytes + " bytes; it may have " + most);
                }
            }
        }
        WaitingNotifications notifications = waiting;
        String blocked =
                feed.blockedBy() == null && notifications != null ? notifications.blockedBy() : feed.blockedBy();
        return blocked == null ? live.publish(batch) : refused(ErrorCode.BUSY, blocked);
    }

    private static <T> CompletionStage<T> refused(ErrorCode code, String why) {
        return CompletableFuture.failedFuture(new ChangecastException(code, why));
    }

    @Override
    public void drain(Duration over) {
        if (over.isNegative()) {
            throw new IllegalArgumentException("clients cannot be told over less than no time: " + over);
        }
        try {
            sessions.drain(over);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        settings.transports.forEach(Transport::close);
        drain(DRAIN);
        listeners.forEach(Listening::close);
        feeds.forEach(Engine::close);
        Feed published = messages;
        if (published != null) {
            close(published);
            live.ended();
        }
        WaitingNotifications notifications = waiting;
        if (notifications != null) {
            notifications.close();
        }
        if (feeds.size() < settings.sources.size()) {
            // Not every source came to a feed that closes it.
            settings.sources.values().forEach(dev.changecast.api.source.ChangeSource::close);
        }
        sessions.close();
        background.shutdownNow();
    }

    private static void close(Feed feed) {
        try {
            feed.close();
        } catch (RuntimeException e) {
            log.warn("Source {} did not close cleanly", feed.name(), e);
        }
    }
}
