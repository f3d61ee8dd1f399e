package dev.changecast.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Position;
import dev.changecast.core.SourceStatus;
import dev.changecast.core.SourceStatus.State;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReadinessTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final Duration WITHIN = Duration.ofSeconds(30);

    private final List<SourceStatus> sources = new ArrayList<>();
    private Duration dispatchSilence = Duration.ofMillis(10);
    private final Readiness readiness =
            new Readiness(() -> sources, () -> dispatchSilence, WITHIN, Clock.fixed(NOW, ZoneOffset.UTC), Map.of());

    private void source(String name, State state, String detail, @Nullable Instant delivered) {
        sources.add(
                new SourceStatus(name, state, detail, NOW.minusSeconds(60), new Position(7, 2), delivered, List.of()));
    }

    private Reply ask() {
        return readiness.answer(new Request("GET", "/readyz", Map.of(), new byte[0]));
    }

    private static JsonNode body(Reply reply) {
        return new JsonMapper().readTree(new String(reply.body(), StandardCharsets.UTF_8));
    }

    @Test
    void everySourceStreamsAndDeliveredLately() {
        source("pg", State.STREAMING, "", NOW.minus(WITHIN));
        source("mongo", State.STREAMING, "", NOW);

        assertThat(ask().status()).isEqualTo(200);
        assertThat(body(ask()).get("ready").asBoolean()).isTrue();
        assertThat(body(ask()).at("/sources/0").toString())
                .isEqualTo("{\"name\":\"pg\",\"state\":\"streaming\",\"ready\":true,\"since\":\"2026-01-02T03:03:05Z\","
                        + "\"delivered\":\"2026-01-02T03:03:35Z\",\"position\":\"7-2\"}");
    }

    @Test
    void oneSourceThatFailsIsNamedWithItsReason() {
        source("pg", State.STREAMING, "", NOW);
        source("mongo", State.FAILED, "connection refused", NOW);

        assertThat(ask().status()).isEqualTo(503);
        assertThat(body(ask()).at("/sources/0/ready").asBoolean()).isTrue();
        assertThat(body(ask()).at("/sources/1/reason").asString()).isEqualTo("connection refused");
    }

    @Test
    void noOtherStateIsReady() {
        for (State state : List.of(State.STARTING, State.BLOCKED, State.FAILED, State.STOPPED)) {
            sources.clear();
            source("pg", state, "", NOW);

            assertThat(ask().status()).as(state.name()).isEqualTo(503);
            assertThat(body(ask()).at("/sources/0/reason").asString()).isEqualTo("it is not capturing");
        }
    }

    @Test
    void streamingInSilenceIsNotReady() {
        source("pg", State.STREAMING, "", NOW.minus(WITHIN).minusSeconds(1));

        assertThat(ask().status()).isEqualTo(503);
        assertThat(body(ask()).at("/sources/0/reason").asString())
                .isEqualTo(
                        "it says it is capturing, but nothing has come through from the database for 31 s (allowed are"
                                + " 30 s)");
    }

    @Test
    void streamingBeforeAnythingCameIsNotReady() {
        source("pg", State.STREAMING, "", null);

        assertThat(ask().status()).isEqualTo(503);
        assertThat(body(ask()).at("/sources/0/reason").asString())
                .isEqualTo("nothing has come through from the database yet");
    }

    @Test
    void whatASourceSaysIsGoingWrongIsTold() {
        sources.add(new SourceStatus(
                "pg",
                State.STREAMING,
                "",
                NOW.minusSeconds(60),
                new Position(7, 2),
                NOW,
                List.of("the slot holds back 12 GiB of WAL", "the disk burns")));

        assertThat(ask().status()).isEqualTo(503);
        assertThat(body(ask()).at("/sources/0/reason").asString())
                .isEqualTo("the slot holds back 12 GiB of WAL; the disk burns");
        assertThat(readiness.isReady(sources.get(0))).isFalse();
    }

    @Test
    void aThreadThatNoLongerServesItsClientsIsNotReady() {
        source("pg", State.STREAMING, "", NOW);
        dispatchSilence = WITHIN.plusSeconds(1);

        assertThat(ask().status()).isEqualTo(503);
        assertThat(body(ask()).get("reason").asString())
                .isEqualTo(
                        "a thread that serves clients has been busy with one thing for 31 s: look at what it does with"
                                + " jstack");
        assertThat(body(ask()).at("/sources/0/ready").asBoolean()).isTrue();
    }

    @Test
    void whatIsToldBesideTheSourcesDecidesNothing() {
        source("pg", State.STREAMING, "", NOW);
        Readiness more = new Readiness(
                () -> sources,
                () -> Duration.ZERO,
                WITHIN,
                Clock.fixed(NOW, ZoneOffset.UTC),
                Map.of("redis_pubsub", () -> new JsonMapper().createObjectNode().put("state", "disconnected")));

        Reply reply = more.answer(new Request("GET", "/readyz", Map.of(), new byte[0]));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(body(reply).at("/redis_pubsub/state").asString()).isEqualTo("disconnected");
    }
}
