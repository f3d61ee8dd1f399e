package dev.changecast.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Distribution;
import dev.changecast.core.OpenSession;
import dev.changecast.core.Refusals;
import dev.changecast.core.SessionLoad;
import dev.changecast.core.Statistics;
import dev.changecast.core.Statistics.SessionFigures;
import dev.changecast.core.Statistics.SnapshotFigures;
import dev.changecast.core.Statistics.SubscriptionFigures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is told as trouble, from which number on, and that the severe ones come first. */
class TroublesTest {
    private static final int PER_MINUTE = 30;
    private static final long MEBIBYTE = 1 << 20;
    private static final JsonMapper JSON = new JsonMapper();
    private static final String READY = "{\"ready\":true,\"sources\":[{\"name\":\"pg\",\"ready\":true}]}";
    private static final Distribution NONE = new Distribution(new double[] {1}, new long[2], 0);

    private final Samples samples = new Samples(
            List.of("authentication_failures", "internal_errors", "latency_p99", "cpu", "heap"), 10 * PER_MINUTE);
    private final Troubles troubles = new Troubles(samples, PER_MINUTE);

    private int open = 100;
    private int behind;
    private Duration silence = Duration.ofMillis(20);
    private List<SessionLoad> slowest = List.of();
    private long files = 100;
    private String readiness = READY;
    private Map<String, JsonNode> beside = Map.of();

    private List<String> told() {
        SessionFigures sessions = new SessionFigures(open, 1000, 0, 0, 0, 0, 0, behind, 0, 0, 0, silence, 0);
        Statistics statistics = new Statistics(
                Instant.EPOCH,
                List.of(),
                sessions,
                new SubscriptionFigures(0, 0, 0, 0, Map.of(), 0, NONE),
                new SnapshotFigures(0, 0, 0, 0, 0, 0, 0, NONE, NONE),
                new Refusals(Map.of(), Map.of()),
                List.of(),
                List.of());
        ProcessFigures process =
                new ProcessFigures(4, 0.1, 0.1, MEBIBYTE, 100 * MEBIBYTE, 200 * MEBIBYTE, 0, 20, files, 1000);
        return troubles.of(new Moment(statistics, process, slowest, JSON.readTree(readiness), beside)).stream()
                .map(trouble -> (trouble.severe() ? "red " : "amber ") + trouble.about() + ": " + trouble.text())
                .toList();
    }

    /** For a minute. */
    private void seen(double failures, double internal, double latency, double cpu, double heapMebibytes) {
        for (int i = 0; i < PER_MINUTE; i++) {
            samples.add(i, new double[] {failures, internal, latency, cpu, heapMebibytes * MEBIBYTE});
        }
    }

    @Test
    void whereAllIsWellNothingIsTold() {
        seen(9, 0, 0.9, 0.89, 89);
        behind = 9;
        open = 899;
        files = 899;
        slowest = List.of(stalled(9));
        assertThat(told()).isEmpty();
    }

    @Test
    void connectionsAreAmberWhenNineOfTenAreTakenAndRedWhenAllAre() {
        open = 900;
        assertThat(told()).singleElement().asString().startsWith("amber connections: 900 of 1000");
        open = 1000;
        assertThat(told()).singleElement().asString().startsWith("red connections: all 1000");
    }

    @Test
    void clientsAreAmberWhenOneOfTwentyReadsFromTheLogOrSomeTakeNothing() {
        behind = 10;
        assertThat(told()).singleElement().asString().startsWith("amber clients: 10 of 100");
        open = 800;
        assertThat(told()).isEmpty();
        behind = 40;
        assertThat(told()).hasSize(1);
        behind = 0;
        slowest = List.of(stalled(10), stalled(42), stalled(3));
        assertThat(told())
                .singleElement()
                .asString()
                .startsWith("amber clients: 2 take")
                .contains("42 s");
    }

    private static SessionLoad stalled(int seconds) {
        OpenSession session = new OpenSession("s", "ann", Set.of(), true, "sse", "10.0.0.1", Instant.EPOCH, null);
        return new SessionLoad(session, 4096, Duration.ofSeconds(seconds), Duration.ZERO);
    }

    @Test
    void aMinuteOfBadTokensSlowChangesAFullProcessorAFullHeapAndAFailureAreTold() {
        seen(10, 0.1, 1, 0.91, 90);
        assertThat(told())
                .satisfiesExactly(
                        text -> assertThat(text).startsWith("red tokens: 10 tokens a second"),
                        text -> assertThat(text).startsWith("red server: it failed"),
                        text -> assertThat(text).startsWith("red memory: the heap of 100 MiB"),
                        text -> assertThat(text)
                                .startsWith("amber latency: one of a hundred")
                                .contains("1.0 s"),
                        text -> assertThat(text).startsWith("amber processor:").contains("91 %"));
    }

    @Test
    void aDispatcherThatStandsStillAndFilesThatRunOutAreRed() {
        silence = Duration.ofMillis(1001);
        files = 900;
        assertThat(told())
                .satisfiesExactly(
                        text -> assertThat(text).startsWith("red delivery:").contains("1.001 s"),
                        text -> assertThat(text).startsWith("red files: 900 of 1000"));
    }

    @Test
    void sourcesAreToldInTheWordsOfReadinessAndAreAmberWhileTheyBegin() {
        readiness = "{\"ready\":false,\"sources\":["
                + "{\"name\":\"new\",\"ready\":false,\"state\":\"starting\",\"reason\":\"it begins\"},"
                + "{\"name\":\"pg\",\"ready\":false,\"state\":\"failed\",\"reason\":\"cannot reach it\"}]}";
        assertThat(told()).containsExactly("red pg: cannot reach it", "amber new: it begins");
    }

    @Test
    void whatReadinessSaysOfNoSourceIsToldToo() {
        readiness = "{\"ready\":false,\"reason\":\"draining\",\"sources\":[]}";
        assertThat(told()).containsExactly("red readiness: draining");
    }

    @Test
    void redisThatIsAwayIsAmber() {
        beside = Map.of("redis_pubsub", JSON.readTree("{\"state\":\"disconnected\",\"reason\":\"refused\"}"));
        assertThat(told())
                .singleElement()
                .asString()
                .startsWith("amber redis_pubsub")
                .contains("refused");
        beside = Map.of("redis_pubsub", JSON.readTree("{\"state\":\"subscribed\"}"));
        assertThat(told()).isEmpty();
    }
}
