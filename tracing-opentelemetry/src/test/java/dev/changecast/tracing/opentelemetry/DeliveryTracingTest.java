package dev.changecast.tracing.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Relation;
import dev.changecast.core.Authenticator;
import dev.changecast.core.Changecast;
import dev.changecast.core.Delivery;
import dev.changecast.core.Route;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.RelationBuilder;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DeliveryTracingTest {
    private static final Instant COMMITTED = Instant.parse("2026-01-01T00:00:00.100Z");

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();

    private OpenTelemetrySdk telemetry(Sampler sampler) {
        return OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .setSampler(sampler)
                        .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                        .build())
                .build();
    }

    private Map<String, SpanData> spans() {
        return exporter.getFinishedSpanItems().stream()
                .collect(Collectors.toMap(SpanData::getName, Function.identity()));
    }

    private static long nanos(Instant at) {
        return at.getEpochSecond() * 1_000_000_000L + at.getNano();
    }

    private static Delivery delivery(Instant readAt) {
        return new Delivery("pg", "731", "1_1:5.0", COMMITTED, readAt, readAt.plusMillis(7));
    }

    @Test
    void aDeliveryIsATraceFromTheCommitToTheWrite() {
        Instant readAt = COMMITTED.plusMillis(3);

        new DeliveryTracing(telemetry(Sampler.alwaysOn())).delivered(delivery(readAt));

        Map<String, SpanData> spans = spans();
        assertThat(spans).containsOnlyKeys("changecast.deliver", "changecast.capture", "changecast.send");
        SpanData whole = spans.get("changecast.deliver");
        assertThat(whole.getParentSpanId()).isEqualTo(SpanId.getInvalid());
        assertThat(whole.getStartEpochNanos()).isEqualTo(nanos(COMMITTED));
        assertThat(whole.getEndEpochNanos()).isEqualTo(nanos(readAt.plusMillis(7)));
        assertThat(whole.getAttributes().asMap())
                .isEqualTo(Map.of(
                        AttributeKey.stringKey("changecast.source"), "pg",
                        AttributeKey.stringKey("changecast.transaction"), "731",
                        AttributeKey.stringKey("changecast.offset"), "1_1:5.0"));
        SpanData capture = spans.get("changecast.capture");
        assertThat(capture.getParentSpanId()).isEqualTo(whole.getSpanId());
        assertThat(capture.getStartEpochNanos()).isEqualTo(nanos(COMMITTED));
        assertThat(capture.getEndEpochNanos()).isEqualTo(nanos(readAt));
        SpanData send = spans.get("changecast.send");
        assertThat(send.getParentSpanId()).isEqualTo(whole.getSpanId());
        assertThat(send.getStartEpochNanos()).isEqualTo(nanos(readAt));
        assertThat(send.getEndEpochNanos()).isEqualTo(whole.getEndEpochNanos());
    }

    @Test
    void aDatabaseWhoseClockIsAheadGivesNoSpanThatEndsBeforeItBegins() {
        new DeliveryTracing(telemetry(Sampler.alwaysOn())).delivered(delivery(COMMITTED.minusSeconds(5)));

        assertThat(exporter.getFinishedSpanItems())
                .hasSize(3)
                .allMatch(span -> span.getStartEpochNanos() <= span.getEndEpochNanos());
    }

    @Test
    void theSamplerIsObeyed() {
        DeliveryTracing tracing = new DeliveryTracing(telemetry(Sampler.alwaysOff()));

        tracing.delivered(delivery(COMMITTED.plusMillis(1)));

        assertThat(exporter.getFinishedSpanItems()).isEmpty();
        assertThat(tracing.isEffective()).isTrue();
    }

    @Test
    void withoutAnSdkNothingHappens() {
        DeliveryTracing tracing = new DeliveryTracing(OpenTelemetry.noop());

        tracing.delivered(delivery(COMMITTED.plusMillis(1)));

        assertThat(tracing.isEffective()).isFalse();
    }

    @Test
    void theEngineTellsOfWhatItHandsOutAndOfNothingElse() {
        Relation desks = RelationBuilder.table("desks").key("id").text("label").build();
        Relation others =
                RelationBuilder.table("others").key("id").text("label").build();
        InMemorySource source = new InMemorySource(desks, others);
        try (Changecast changecast = Changecast.builder()
                .source("pg", source)
                .authenticator(Authenticator.anonymous())
                .route(Route.from("pg/public.*").readEveryone())
                .deliveryListener(new DeliveryTracing(telemetry(Sampler.alwaysOn())))
                .build()) {
            changecast.start();
            LoopbackClient client = LoopbackClient.connect(changecast.gateway());
            client.send("{\"type\":\"subscribe\",\"collection\":\"desks\",\"snapshot\":false}");
            client.await("ready");
            Instant before = Instant.now();
            source.commit(tx -> tx.insert(others, 1, "followed by nobody"));
            source.commit(tx -> tx.insert(desks, 1, "one"));
            client.await("change");

            Eventually.await("the trace of it", () -> !deliveries().isEmpty());
            assertThat(deliveries()).singleElement().satisfies(span -> {
                assertThat(span.getAttributes().get(AttributeKey.stringKey("changecast.offset")))
                        .endsWith("." + source.end());
                assertThat(span.getEndEpochNanos()).isBetween(nanos(before), nanos(Instant.now()));
            });
            client.drop();
        }
    }

    private List<SpanData> deliveries() {
        return exporter.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals("changecast.deliver"))
                .toList();
    }
}
