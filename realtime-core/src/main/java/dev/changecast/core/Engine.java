package dev.changecast.core;

import dev.changecast.api.transport.SessionGateway;
import dev.changecast.api.transport.Transport;
import dev.changecast.core.capture.Feed;
import dev.changecast.core.session.Sessions;
import dev.changecast.core.view.Collections;
import dev.changecast.core.view.RouteTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the parts together: source -> log -> hub -> session -> transport. */
final class Engine implements Changecast {
    private static final Logger log = LoggerFactory.getLogger(Engine.class);

    /** Over this time clients are told that the server goes, so that they do not all come back at once. */
    private static final Duration DRAIN = Duration.ofSeconds(1);

    private final Builder settings;
    private final Collections collections;
    private final Sessions sessions;
    private final ExecutorService background;
    private final List<Feed> feeds = new CopyOnWriteArrayList<>();
    private final List<Listening> listeners = new CopyOnWriteArrayList<>();
    private boolean started;
    private boolean closed;

    Engine(Builder settings) {
        this.settings = settings;
        this.collections = new Collections(new RouteTable(settings.routes));
        int threads = Math.max(1, Math.min(8, Runtime.getRuntime().availableProcessors()));
        this.sessions = new Sessions(settings.limits, settings.authenticator, collections, threads);
        AtomicInteger number = new AtomicInteger();
        this.background = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "changecast-background-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
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
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        sessions.start(new ArrayList<>(feeds));
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
                .map(feed -> feed.status(sessions.delivered(feed.hub())))
                .toList();
    }

    @Override
    public int sessions() {
        return sessions.count();
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
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        settings.transports.forEach(Transport::close);
        try {
            sessions.drain(DRAIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        listeners.forEach(Listening::close);
        for (Feed feed : feeds) {
            try {
                feed.close();
            } catch (RuntimeException e) {
                log.warn("Source {} did not close cleanly", feed.name(), e);
            }
        }
        if (feeds.size() < settings.sources.size()) {
            // Not every source came to a feed that closes it.
            settings.sources.values().forEach(dev.changecast.api.source.ChangeSource::close);
        }
        sessions.close();
        background.shutdownNow();
    }
}
