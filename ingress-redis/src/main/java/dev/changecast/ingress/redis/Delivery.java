package dev.changecast.ingress.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings messages to the sink, in order and on a thread of its own, so that reading from Redis never waits: a subscriber
 * that does not read is thrown out by Redis, with everything that waited for it.
 */
final class Delivery<M> {
    private static final Logger LOG = LoggerFactory.getLogger(RedisIngress.class);

    /** As many as one request of the HTTP API may hold. */
    private static final int MOST_AT_ONCE = 1000;

    private final MessageSink<M> sink;
    private final WaitingMessages<M> waiting;
    private final Backoff backoff = new Backoff();
    private final RareWarning refusals = new RareWarning(LOG, System::nanoTime);
    private final RareWarning drops = new RareWarning(LOG, System::nanoTime);
    private final RareWarning failures = new RareWarning(LOG, System::nanoTime);
    private final LongAdder received = new LongAdder();
    private final LongAdder published = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final Thread thread = new Thread(this::run, "changecast-redis-delivery");

    Delivery(MessageSink<M> sink, long queueBytes) {
        this.sink = sink;
        this.waiting = new WaitingMessages<>(queueBytes);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    // ---- On the reading thread

    void receive(Channels channels, byte[] channel, byte[] payload, int mostBytes) {
        received.increment();
        M message;
        try {
            if (payload.length > mostBytes) {
                throw new IllegalArgumentException(
                        "it has " + payload.length + " bytes, and " + mostBytes + " are the limit");
            }
            message = sink.read(PublishForm.of(channels.destination(channel), payload));
        } catch (IllegalArgumentException e) {
            refuse(" on " + shown(channel), e);
            return;
        } catch (RuntimeException e) {
            // A fault of the sink, and no reason to stop reading.
            LOG.debug("the sink failed to read a message", e);
            refuse(" on " + shown(channel), e);
            return;
        }
        if (!waiting.offer(message, payload.length)) {
            dropped.increment();
            drops.say("Redis sends more than can be taken on: a message on " + shown(channel)
                    + " was dropped, as no more may wait; " + dropped.sum() + " were dropped so far");
        }
    }

    private void refuse(String which, RuntimeException why) {
        refused.increment();
        refusals.say("a message from Redis" + which + " is not published: " + why.getMessage());
    }

    private static String shown(byte[] channel) {
        return PublishForm.shown(new String(channel, StandardCharsets.UTF_8));
    }

    // ---- On the delivering thread

    private void run() {
        try {
            for (List<M> batch = waiting.take(MOST_AT_ONCE); !batch.isEmpty(); batch = waiting.take(MOST_AT_ONCE)) {
                publish(batch);
            }
        } catch (InterruptedException e) {
            // The time to finish is over; close says what is left.
            LOG.debug("delivery was interrupted");
        }
    }

    private void publish(List<M> batch) throws InterruptedException {
        while (true) {
            try {
                sink.publish(batch).toCompletableFuture().get();
                published.add(batch.size());
                backoff.reset();
                return;
            } catch (ExecutionException | RuntimeException e) {
                Throwable why = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
                if (why instanceof IllegalArgumentException refusal) {
                    oneByOne(batch, refusal);
                    return;
                }
                Duration pause = backoff.next();
                failures.say("messages from Redis cannot be published: " + RedisServer.reason(why)
                        + "; they wait and are tried again");
                TimeUnit.MILLISECONDS.sleep(pause.toMillis());
            }
        }
    }

    /** Finds those that can never be published, so that they do not stop the others. */
    private void oneByOne(List<M> batch, IllegalArgumentException refusal) throws InterruptedException {
        if (batch.size() == 1) {
            refuse("", refusal);
            return;
        }
        for (M message : batch) {
            publish(List.of(message));
        }
    }

    /** Takes nothing more, and waits so long until what is there has been taken on. */
    void close(Duration most) {
        waiting.close();
        boolean interrupted = false;
        try {
            thread.join(most.toMillis());
        } catch (InterruptedException e) {
            interrupted = true;
        }
        int left = waiting.size();
        if (thread.isAlive()) {
            thread.interrupt();
            LOG.warn(
                    "{} messages from Redis are lost, besides those that were just being published: no time is left",
                    left);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What became of the messages so far. */
    RedisIngress.Counts counts() {
        return new RedisIngress.Counts(received.sum(), published.sum(), refused.sum(), dropped.sum(), waiting.size());
    }
}
