package dev.changecast.server.publish;

import dev.changecast.server.config.ApiKeys;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import dev.changecast.server.metrics.Metrics;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code GET /metrics}: what Prometheus asks for. */
public final class MetricsEndpoint implements Endpoint, AutoCloseable {
    private final Supplier<Metrics> making;
    private final KeyedAccess access;
    private final boolean everyone;
    private @Nullable Metrics metrics;

    /**
     * @param making makes them when they are first asked for, so that the start does not wait for that
     * @param everyone whether no key is needed
     */
    public MetricsEndpoint(Supplier<Metrics> making, ApiKeys keys, boolean everyone) {
        this.making = making;
        this.access = new KeyedAccess(keys, "see metrics");
        this.everyone = everyone;
    }

    @Override
    public Reply answer(Request request) {
        Optional<Reply> refused = everyone ? Optional.empty() : access.refuse(request, "GET");
        return refused.orElseGet(
                () -> Reply.of(200, Metrics.CONTENT_TYPE, metrics().scrape().getBytes(StandardCharsets.UTF_8)));
    }

    private synchronized Metrics metrics() {
        Metrics made = metrics == null ? making.get() : metrics;
        metrics = made;
        return made;
    }

    @Override
    public synchronized void close() {
        if (metrics != null) {
            metrics.close();
        }
    }
}
