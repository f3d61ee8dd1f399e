package dev.changecast.server.metrics;

import dev.changecast.core.SourceStatus;
import dev.changecast.core.Statistics;
import dev.changecast.core.publish.LiveSource;
import dev.changecast.ingress.redis.RedisIngress;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The engine's numbers, all of one moment, for one scrape. */
final class EngineMetrics implements MultiCollector {
    private final Supplier<Statistics> engine;
    private final Predicate<SourceStatus> ready;
    private final Optional<RedisIngress> redis;

    EngineMetrics(Supplier<Statistics> engine, Predicate<SourceStatus> ready, Optional<RedisIngress> redis) {
        this.engine = engine;
        this.ready = ready;
        this.redis = redis;
    }

    @Override
    public MetricSnapshots collect() {
        MetricSheet sheet = new MetricSheet();
        Statistics statistics = engine.get();
        sheet.gauge(
                "changecast_start_time_seconds",
                "When the engine was made, in seconds since 1970.",
                statistics.startedAt().toEpochMilli() / 1000.0);
        new SessionMetrics(sheet).add(statistics);
        SourceMetrics sources = new SourceMetrics(sheet);
        statistics
                .sources()
                .forEach(source ->
                        sources.add(source, source.name().equals(LiveSource.NAME) || ready.test(source.status())));
        statistics.routes().forEach(sources::add);
        redis.ifPresent(ingress -> redis(sheet, ingress));
        return sheet.snapshots();
    }

    private static void redis(MetricSheet sheet, RedisIngress redis) {
        RedisIngress.Counts counts = redis.counts();
        sheet.gauge(
                        "changecast_redis_pubsub_subscribed",
                        "Whether messages can come through Redis Pub/Sub.",
                        redis.state() == RedisIngress.State.SUBSCRIBED ? 1 : 0)
                .count("changecast_redis_pubsub_received_total", "Messages that came.", counts.received())
                .count("changecast_redis_pubsub_published_total", "Those that were published.", counts.published())
                .count("changecast_redis_pubsub_refused_total", "Those that were malformed.", counts.refused())
                .count("changecast_redis_pubsub_dropped_total", "Those that had no room.", counts.dropped())
                .gauge("changecast_redis_pubsub_waiting", "Those that wait for the log.", counts.waiting());
    }
}
