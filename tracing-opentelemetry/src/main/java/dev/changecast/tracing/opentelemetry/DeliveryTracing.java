package dev.changecast.tracing.opentelemetry;

import dev.changecast.core.Delivery;
import dev.changecast.core.DeliveryListener;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Instant;

/**
 * Makes a trace of each delivery: a span {@code changecast.deliver} from the commit to the write, and under it
 * {@code changecast.capture}, until the transaction was durable in the log and read from it, and {@code changecast.send},
 * from there on. The spans are made when all of it is over, so that nothing is held meanwhile, and sampled as the SDK is
 * told to. Thread-safe.
 */
public final class DeliveryTracing implements DeliveryListener {
    private static final String SCOPE = "dev.changecast";
    private static final AttributeKey<String> SOURCE = AttributeKey.stringKey("changecast.source");
    private static final AttributeKey<String> TRANSACTION = AttributeKey.stringKey("changecast.transaction");
    private static final AttributeKey<String> OFFSET = AttributeKey.stringKey("changecast.offset");

    private final Tracer tracer;

    /** @param telemetry whose tracer it uses; without an SDK behind it nothing happens */
    public DeliveryTracing(OpenTelemetry telemetry) {
        tracer = telemetry.getTracer(SCOPE);
    }

    /**
     * Whether there is an SDK that makes something of spans, sampled or not. Tries it with a span of its own,
     * {@code changecast.start}.
     */
    public boolean isEffective() {
        Span span = tracer.spanBuilder("changecast.start").setNoParent().startSpan();
        span.end();
        return span.getSpanContext().isValid();
    }

    @Override
    public void delivered(Delivery delivery) {
        // By the database's clock, which may be ahead of this one.
        Instant committed =
                delivery.committedAt().isBefore(delivery.readAt()) ? delivery.committedAt() : delivery.readAt();
        SpanBuilder builder = tracer.spanBuilder("changecast.deliver")
                .setNoParent()
                .setStartTimestamp(committed)
                .setAttribute(SOURCE, delivery.source())
                .setAttribute(OFFSET, delivery.offset());
        if (delivery.transaction() != null) {
            builder.setAttribute(TRANSACTION, delivery.transaction());
        }
        Span whole = builder.startSpan();
        if (whole.isRecording()) {
            Context inside = Context.root().with(whole);
            part("changecast.capture", inside, committed, delivery.readAt());
            part("changecast.send", inside, delivery.readAt(), delivery.writtenAt());
        }
        whole.end(delivery.writtenAt());
    }

    private void part(String name, Context inside, Instant from, Instant until) {
        tracer.spanBuilder(name)
                .setParent(inside)
                .setStartTimestamp(from)
                .startSpan()
                .end(until);
    }
}
