package dev.changecast.server.publish;

import dev.changecast.server.config.ApiKeys;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import dev.changecast.server.metrics.Metrics;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** {@code GET /metrics}: what Prometheus asks for. */
public final class MetricsEndpoint implements Endpoint {
    private final Metrics metrics;
    private final KeyedAccess access;
    private final boolean everyone;

    /** @param everyone whether no key is needed */
    public MetricsEndpoint(Metrics metrics, ApiKeys keys, boolean everyone) {
        this.metrics = metrics;
        this.access = new KeyedAccess(keys, "see metrics");
        this.everyone = everyone;
    }

    @Override
    public Reply answer(Request request) {
        Optional<Reply> refused = everyone ? Optional.empty() : access.refuse(request, "GET");
        return refused.orElseGet(() ->
                Reply.of(200, Metrics.CONTENT_TYPE, metrics.scrape().getBytes(StandardCharsets.UTF_8)));
    }
}
