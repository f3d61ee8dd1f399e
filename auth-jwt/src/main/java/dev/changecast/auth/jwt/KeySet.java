package dev.changecast.auth.jwt;

import dev.changecast.api.source.CheckResult;
import java.io.IOException;
import java.net.URI;
import java.security.Key;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that an identity provider publishes (JWKS). Fetched when first needed, again when they are old, and once more
 * when a token names a key that is not among them, since keys rotate; but not more often than after a pause, so that
 * tokens cannot make this server ask without end. While the provider cannot be reached the keys that are known stay good.
 */
final class KeySet implements VerificationKeys {
    private static final Logger log = LoggerFactory.getLogger(KeySet.class);

    /** How long a token may wait for a fetch, and how many may at once: threads of the server wait with them. */
    private static final long WAIT_MILLIS = 2000;

    private static final int MOST_WAITING = 8;

    private final URI uri;
    private final long cacheNanos;
    private final long pauseNanos;
    private final Semaphore mayWait = new Semaphore(MOST_WAITING);
    private final ThreadPoolExecutor fetcher;
    private volatile @Nullable Fetched present;

    // Guarded by this.
    private @Nullable CompletableFuture<?> fetching;
    private long begun;
    private boolean everBegun;

    private record Fetched(List<KeySetDownload.Named> keys, long at) {}

    /**
     * @param cache after this time keys are fetched again
     * @param pause how long nothing is fetched after a fetch began
     */
    KeySet(URI uri, Duration cache, Duration pause) {
        this.uri = uri;
        this.cacheNanos = cache.toNanos();
        this.pauseNanos = pause.toNanos();
        // A thread that comes when there is something to fetch and goes afterwards, so that there is nothing to close.
        fetcher = new ThreadPoolExecutor(1, 1, 2, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "changecast-jwks");
            thread.setDaemon(true);
            return thread;
        });
        fetcher.allowCoreThreadTimeOut(true);
    }

    @Override
    public Set<String> algorithms() {
        Set<String> algorithms = new TreeSet<>();
        Fetched now = present;
        if (now != null) {
            now.keys.forEach(key -> algorithms.add(key.algorithm()));
        }
        return algorithms;
    }

    @Override
    public void prepare() {
        refresh();
    }

    @Override
    public List<Key> find(String algorithm, @Nullable String keyId) throws KeysUnavailableException {
        Fetched now = present;
        if (now != null && System.nanoTime() - now.at > cacheNanos) {
            refresh();
        }
        List<Key> known = find(now, algorithm, keyId);
        if (!known.isEmpty()) {
            return known;
        }
        CompletableFuture<?> fetch = refresh();
        if (fetch != null) {
            await(fetch);
        }
        Fetched fetched = present;
        if (fetched == null) {
            throw new KeysUnavailableException("the keys for tokens cannot be had at the moment; try again");
        }
        return find(fetched, algorithm, keyId);
    }

    private static List<Key> find(@Nullable Fetched fetched, String algorithm, @Nullable String keyId) {
        return fetched == null
                ? List.of()
                : fetched.keys.stream()
                        .filter(key -> key.algorithm().equals(algorithm) && (keyId == null || keyId.equals(key.id())))
                        .map(key -> (Key) key.key())
                        .toList();
    }

    private void await(CompletableFuture<?> fetch) throws KeysUnavailableException {
        if (!mayWait.tryAcquire()) {
            throw new KeysUnavailableException("the keys for tokens are being fetched; try again");
        }
        try {
            fetch.get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new KeysUnavailableException("the keys for tokens are still being fetched; try again");
        } catch (ExecutionException e) {
            // Logged where it happened; what was known before is still known.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeysUnavailableException("the server is going");
        } finally {
            mayWait.release();
        }
    }

    /** The fetch that is under way, begun now if it may; null when there was one a moment ago. */
    private synchronized @Nullable CompletableFuture<?> refresh() {
        if (fetching != null) {
            return fetching;
        }
        long now = System.nanoTime();
        if (everBegun && now - begun < pauseNanos) {
            return null;
        }
        everBegun = true;
        begun = now;
        CompletableFuture<?> fetch = CompletableFuture.runAsync(this::fetch, fetcher);
        fetching = fetch;
        fetch.whenComplete((done, failure) -> fetched());
        return fetch;
    }

    private synchronized void fetched() {
        fetching = null;
    }

    private void fetch() {
        try {
            List<KeySetDownload.Named> keys = KeySetDownload.fetch(uri);
            present = new Fetched(keys, System.nanoTime());
            log.debug("{} has {} keys for tokens", uri, keys.size());
        } catch (IOException | RuntimeException e) {
            Fetched before = present;
            log.warn(
                    "The keys for tokens cannot be fetched from {}: {}; {}",
                    uri,
                    e.toString(),
                    before == null ? "there are none yet" : "the " + before.keys.size() + " known ones stay good");
        }
    }

    @Override
    public CheckResult check(Duration leeway) {
        try {
            KeySetDownload.Fetched fetched = KeySetDownload.download(uri);
            Instant there = fetched.serverTime();
            Duration apart = there == null
                    ? Duration.ZERO
                    : Duration.between(Instant.now(), there).abs();
            // To the second, and the answer was on its way.
            if (apart.compareTo(leeway.plusSeconds(2)) > 0) {
                return new CheckResult(
                        List.of(),
                        List.of("the clock of " + uri.getHost() + " and this machine's differ by " + apart.toSeconds()
                                + " s: fresh tokens may be refused, and old ones taken; set the clocks, or more leeway"
                                + " than "
                                + leeway.toSeconds() + " s"));
            }
            return CheckResult.OK;
        } catch (IOException | RuntimeException e) {
            return CheckResult.failed("the keys for tokens cannot be fetched from " + uri + ": "
                    + (e.getMessage() == null ? e.toString() : e.getMessage())
                    + "; nobody with a token gets in before they can");
        }
    }

    @Override
    public String toString() {
        return "the keys of " + uri;
    }
}
