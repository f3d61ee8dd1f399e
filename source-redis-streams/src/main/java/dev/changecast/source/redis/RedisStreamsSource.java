package dev.changecast.source.redis;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.SourceReport;
import dev.changecast.api.source.StartPoint;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Gives the entries of Redis Streams (6.2 or later) as changes, each a transaction of its own.
 *
 * <p>In fan-out every process that reads a stream gets all of it. Positions are the entries' ids, so processes resume each
 * other's clients; of several streams together they are assigned here. In a work queue the processes of a consumer group
 * share the entries, and each is confirmed to Redis once it is durable here.
 */
public final class RedisStreamsSource implements ChangeSource {
    private static final Logger LOG = LoggerFactory.getLogger(RedisStreamsSource.class);

    private final RedisStreamsOptions options;
    private final EntryMapping mapping;
    private final RedisConnector connector;
    private final Confirmations confirmations = new Confirmations();
    private final RareWarning warning = new RareWarning(LOG, System::nanoTime);
    private final Closing closing = new Closing();
    private final QueueCounts counts = new QueueCounts();
    private final StreamWatch watch;
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile Position durable = Position.ZERO;
    private volatile boolean connected;
    private volatile @Nullable Capture capture;
    private boolean ranBefore;

    RedisStreamsSource(RedisStreamsOptions options) {
        this.options = options;
        mapping = new EntryMapping(options.mapping(), options.streams());
        connector = new RedisConnector(options.server(), options.streams(), options.timeout());
        watch = new StreamWatch(options, connector, counts, Clock.systemUTC());
    }

    /** @param url {@code redis://user:password@host:6379/0}, or {@code rediss://} for TLS */
    public static RedisStreamsSourceBuilder builder(String url) {
        return new RedisStreamsSourceBuilder(url);
    }

    @Override
    public Replay replay() {
        return options.queue() == null && options.streams().size() == 1 ? Replay.FROM_POSITION : Replay.REDELIVERY;
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) throws InterruptedException {
        requireNonNull(sink, "sink is null");
        if (closing.isClosed()) {
            return;
        }
        if (!running.compareAndSet(false, true)) {
            throw new IllegalStateException("the source runs already");
        }
        if (!ranBefore && start != null) {
            // What a log begins with was found on the disk.
            durable = start.checkpoint().position();
        }
        ranBefore = true;
        try (RedisConnection redis = connector.connect(closing)) {
            connected = true;
            Capture run = capture(redis);
            capture = run;
            run.run(start, sink);
        } catch (JedisException | ChangecastException e) {
            if (!closing.isClosed()) {
                throw RedisFailure.of(e, options.server().toString());
            }
        } finally {
            connected = false;
            capture = null;
            closing.letFinish(false);
            running.set(false);
        }
    }

    private Capture capture(RedisConnection redis) {
        QueueOptions queue = options.queue();
        return queue == null
                ? new FanOut(options, redis, mapping, closing, warning)
                : new WorkQueue(options, queue, redis, mapping, closing, confirmations, () -> durable, warning, counts);
    }

    @Override
    public void acknowledge(Checkpoint checkpoint) {
        if (checkpoint.position().isAfter(durable)) {
            durable = checkpoint.position();
        }
    }

    @Override
    public CheckResult check() {
        if (closing.isClosed()) {
            return CheckResult.failed("the source is closed");
        }
        Closing own = new Closing();
        try (RedisConnection redis = connector.connect(own)) {
            return new Readiness(options, redis).inspect();
        } catch (RuntimeException e) {
            return CheckResult.failed(
                    RedisFailure.of(e, options.server().toString()).getMessage());
        }
    }

    @Override
    public SourceReport report() {
        if (closing.isClosed()) {
            return SourceReport.NONE;
        }
        Capture run = capture;
        return watch.report(run == null ? Map.of() : run.read(), closing.open());
    }

    @Override
    public List<Relation> relations() {
        if (closing.isClosed()) {
            throw new ChangecastException(ErrorCode.SOURCE_UNAVAILABLE, "the source is closed");
        }
        if (!connected) {
            // Whoever asks wants to know what is there, and not what was configured.
            try {
                connector.connect(closing).close();
            } catch (JedisException e) {
                throw RedisFailure.of(e, options.server().toString());
            }
        }
        return mapping.relations();
    }

    @Override
    public void close() {
        closing.close();
        watch.close();
    }

    /** Without any login. */
    @Override
    public String toString() {
        return options.toString();
    }
}
