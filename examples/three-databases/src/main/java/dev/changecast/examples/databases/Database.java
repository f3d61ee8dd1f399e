package dev.changecast.examples.databases;

import dev.changecast.testing.FaultProxy;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A database that something happens in all the time, and a network between it and Changecast. It can be stopped and started,
 * the network cut and mended. Whoever writes has another way to it: with the network cut its changes go on.
 */
final class Database {
    private static final int EVERY_MILLIS = 500;

    private final String name;
    private final Store store;
    private final FaultProxy network;
    private final Thread life;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicLong written = new AtomicLong();
    private volatile boolean running;
    private volatile boolean cut;
    private volatile @Nullable String missing;

    /** @param network what Changecast reaches it by */
    Database(String name, Store store, FaultProxy network) {
        this.name = name;
        this.store = store;
        this.network = network;
        this.life = new Thread(this::live, "life-" + name);
        this.life.setDaemon(true);
    }

    String name() {
        return name;
    }

    /** Starts it for the first time. Where that is impossible it stays away, and says why. */
    void open() {
        try {
            start();
            life.start();
        } catch (Exception e) {
            missing = String.valueOf(e.getMessage());
        }
    }

    /** Why it cannot be had here; null when it can. */
    @Nullable
    String missing() {
        return missing;
    }

    /** Does what a button says. */
    synchronized void act(String action) throws Exception {
        if (missing != null) {
            throw new IllegalStateException(name + " cannot be had here: " + missing);
        }
        switch (action) {
            case "stop" -> {
                if (running) {
                    running = false;
                    store.stop();
                }
            }
            case "start" -> start();
            case "cut" -> {
                cut = true;
                network.refuse(true);
                network.cut();
            }
            case "mend" -> {
                cut = false;
                network.heal();
            }
            default -> throw new IllegalArgumentException("stop, start, cut or mend, not " + action);
        }
    }

    private synchronized void start() throws Exception {
        if (!running) {
            store.start();
            running = true;
        }
    }

    private void live() {
        Random random = new Random();
        try {
            while (!closing.await(EVERY_MILLIS / 2 + random.nextInt(EVERY_MILLIS), TimeUnit.MILLISECONDS)) {
                happen();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void happen() {
        if (!running) {
            return;
        }
        try {
            store.write(written.get() + 1);
            written.incrementAndGet();
        } catch (Exception stopped) {
            // It has the same number the next time.
        }
    }

    /** How it is, as JSON. */
    String json() {
        return "{\"name\":%s,\"running\":%b,\"cut\":%b,\"written\":%d,\"missing\":%s}"
                .formatted(Json.text(name), running, cut, written.get(), Json.text(missing));
    }

    /** Ends it for good. */
    synchronized void close() throws Exception {
        closing.countDown();
        try {
            network.close();
        } catch (IOException e) {
            // It has ended all the same.
        }
        if (running) {
            running = false;
            store.stop();
        }
    }
}
