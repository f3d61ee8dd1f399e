package dev.changecast.source.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.StartPoint;
import dev.changecast.redis.testing.RealRedis;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.FaultProxy;
import dev.changecast.testing.RecordingSink;
import dev.changecast.testing.SourceRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.resps.StreamEntry;

/** Entries shared by a group of a real Redis, when consumers die, entries are poison, and Redis goes. */
class WorkQueueFaultsIT {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String GROUP = "workers";

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private <T extends AutoCloseable> T kept(T made) {
        opened.add(made);
        return made;
    }

    private static RedisStreamsSourceBuilder sharing(int port, String consumer) {
        return RedisStreamsSource.builder("redis://127.0.0.1:" + port)
                .streams("jobs")
                .columns("text", "number integer")
                .workQueue(GROUP)
                .consumer(consumer)
                .claimAfter(Duration.ofMillis(300))
                .heartbeat(Duration.ofMillis(100))
                .timeout(Duration.ofMillis(500));
    }

    private SourceRun<ChangeSource> run(ChangeSource source, @Nullable StartPoint start) {
        return kept(SourceRun.starting(source, start, true));
    }

    private SourceRun<ChangeSource> again(ChangeSource source, SourceRun<?> before) {
        for (int tries = 0; ; tries++) {
            SourceRun<ChangeSource> next = run(source, before.end());
            try {
                next.sink().await(event -> event.is("opened") || event.is("reset"), LONG);
                return next;
            } catch (AssertionError e) {
                if (tries == 20) {
                    throw e;
                }
            }
        }
    }

    private static void awaitText(SourceRun<?> run, String text) {
        run.sink().await(event -> text.equals(text(event)), LONG);
    }

    private static @Nullable String text(RecordingSink.Event event) {
        return event.relation() == null || event.afterRow() == null
                ? null
                : event.afterRow().text(1);
    }

    private static List<String> texts(SourceRun<?> run) {
        return run.sink().changes().stream().map(WorkQueueFaultsIT::text).toList();
    }

    private static String opening(SourceRun<?> run) {
        RecordingSink.Event event = run.sink().events().get(0);
        return event.is("reset") ? event.text() : event.kind();
    }

    private static long pending(RealRedis redis) {
        return redis.ask(jedis -> jedis.xpending("jobs", GROUP)).getTotal();
    }

    private static void awaitConfirmed(RealRedis redis) {
        Eventually.await("all to be confirmed", LONG, () -> pending(redis) == 0);
    }

    private static List<StreamEntry> deadLetters(RealRedis redis) {
        return redis.ask(jedis -> jedis.xrange("{jobs}:dead", "-", "+"));
    }

    /** Another program reads entries in the group's name, and never confirms them. */
    private static void readAndDie(RealRedis redis, String consumer, int count) {
        redis.command("XREADGROUP", "GROUP", GROUP, consumer, "COUNT", Integer.toString(count), "STREAMS", "jobs", ">");
    }

    @Test
    void whatAConsumerReadAndNeverConfirmedIsClaimedByAnother() {
        RealRedis redis = kept(RealRedis.start());
        redis.command("XGROUP", "CREATE", "jobs", GROUP, "0", "MKSTREAM");
        IntStream.range(0, 5).forEach(i -> redis.add("jobs", "text", "job " + i));
        readAndDie(redis, "dead-host", 3);
        SourceRun<ChangeSource> run = run(sharing(redis.port(), "host-1").build(), null);
        IntStream.range(0, 5).forEach(i -> awaitText(run, "job " + i));
        awaitConfirmed(redis);
        assertThat(texts(run)).containsExactly("job 3", "job 4", "job 0", "job 1", "job 2");
        assertThat(run.sink().brokenRules()).isEmpty();
    }

    @Test
    void whatWasReadAndNotYetInTheLogComesAgainAfterACrash() {
        RealRedis redis = kept(RealRedis.start());
        SourceRun<ChangeSource> first = run(sharing(redis.port(), "host-1").build(), null);
        first.awaitOpen();
        StartPoint start = first.end();
        // It dies with entries that it was given, of which the log has two.
        first.acknowledging(false);
        first.sink().failAt(event -> "job 2".equals(text(event)));
        redis.ask(jedis -> {
            var pipeline = jedis.pipelined();
            IntStream.range(0, 5)
                    .forEach(i -> pipeline.xadd("jobs", StreamEntryID.NEW_ENTRY, Map.of("text", "job " + i)));
            pipeline.sync();
            return 0;
        });
        assertThat(first.failure(LONG)).hasMessageContaining("the sink fails here");
        assertThat(pending(redis)).isEqualTo(5);
        SourceRun<ChangeSource> second = run(sharing(redis.port(), "host-1").build(), first.end());
        awaitText(second, "job 4");
        awaitConfirmed(redis);
        assertThat(Stream.concat(texts(first).stream(), texts(second).stream()))
                .containsExactly("job 0", "job 1", "job 2", "job 3", "job 4");
        assertThat(second.sink().epoch()).isEqualTo(start.epoch());
    }

    @Test
    void claimedEntriesThatAreInTheLogDoNotComeAgainAfterACrash() {
        RealRedis redis = kept(RealRedis.start());
        redis.command("XGROUP", "CREATE", "jobs", GROUP, "0", "MKSTREAM");
        IntStream.range(0, 4).forEach(i -> redis.add("jobs", "text", "job " + i));
        readAndDie(redis, "dead-host", 3);
        SourceRun<ChangeSource> first =
                kept(SourceRun.starting(sharing(redis.port(), "host-1").build(), null, false));
        first.sink().failAt(event -> "job 2".equals(text(event)));
        assertThat(first.failure(LONG)).hasMessageContaining("the sink fails here");
        assertThat(texts(first)).containsExactly("job 3", "job 0", "job 1");
        SourceRun<ChangeSource> second = run(sharing(redis.port(), "host-1").build(), first.end());
        awaitText(second, "job 2");
        awaitConfirmed(redis);
        assertThat(texts(second)).containsExactly("job 2");
    }

    @Test
    void whatCannotBeReadGoesToTheDeadLettersAndStopsNobody() {
        RealRedis redis = kept(RealRedis.start());
        redis.add("jobs", "text", "good", "number", "1");
        String bad = redis.add("jobs", "text", "bad", "number", "many");
        redis.add("jobs", "text", "also good");
        SourceRun<ChangeSource> run = run(sharing(redis.port(), "host-1").build(), null);
        awaitText(run, "also good");
        awaitConfirmed(redis);
        assertThat(texts(run)).containsExactly("good", "also good");
        assertThat(deadLetters(redis))
                .singleElement()
                .satisfies(letter -> assertThat(letter.getFields())
                        .containsAllEntriesOf(Map.of(
                                "text", "bad",
                                "number", "many",
                                "changecast_reason", "the field number is no integer",
                                "changecast_tries", "1",
                                "changecast_stream", "jobs",
                                "changecast_id", bad,
                                "changecast_group", GROUP)));
    }

    @Test
    void anEntryThatKillsEveryConsumerIsGivenUpAfterThreeTries() {
        RealRedis redis = kept(RealRedis.start());
        redis.command("XGROUP", "CREATE", "jobs", GROUP, "0", "MKSTREAM");
        String of = redis.add("jobs", "text", "poison of others");
        String own = redis.add("jobs", "text", "own poison");
        readAndDie(redis, "dead-host", 1);
        readAndDie(redis, "host-1", 1);
        for (int tries = 2; tries <= 3; tries++) {
            redis.command("XCLAIM", "jobs", GROUP, "dead-host-" + tries, "0", of);
            redis.command("XREADGROUP", "GROUP", GROUP, "host-1", "STREAMS", "jobs", "0");
        }
        SourceRun<ChangeSource> run = run(sharing(redis.port(), "host-1").build(), null);
        redis.add("jobs", "text", "next");
        awaitText(run, "next");
        awaitConfirmed(redis);
        assertThat(texts(run)).containsExactly("next");
        assertThat(deadLetters(redis))
                .allSatisfy(letter -> assertThat(letter.getFields())
                        .containsEntry("changecast_tries", "3")
                        .containsEntry("changecast_reason", "it was handed out that often and never confirmed"))
                .extracting(letter -> letter.getFields().get("changecast_id"))
                .containsExactlyInAnyOrder(of, own);
    }

    @Test
    void anEntryMayFailTwiceAndComeTheThirdTime() {
        RealRedis redis = kept(RealRedis.start());
        redis.command("XGROUP", "CREATE", "jobs", GROUP, "0", "MKSTREAM");
        String id = redis.add("jobs", "text", "slow");
        readAndDie(redis, "dead-host", 1);
        redis.command("XCLAIM", "jobs", GROUP, "dead-host-2", "0", id);
        SourceRun<ChangeSource> run = run(sharing(redis.port(), "host-1").build(), null);
        awaitText(run, "slow");
        awaitConfirmed(redis);
        assertThat(deadLetters(redis)).isEmpty();
    }

    @Test
    void anEntryThatWasTrimmedWhileItWasPendingIsADeadLetterWithoutContent() {
        RealRedis redis = kept(RealRedis.start());
        redis.command("XGROUP", "CREATE", "jobs", GROUP, "0", "MKSTREAM");
        String gone = redis.add("jobs", "text", "gone");
        String alsoGone = redis.add("jobs", "text", "also gone");
        readAndDie(redis, "dead-host", 1);
        readAndDie(redis, "host-1", 1);
        redis.command("XTRIM", "jobs", "MAXLEN", "0");
        SourceRun<ChangeSource> run = run(sharing(redis.port(), "host-1").build(), null);
        awaitConfirmed(redis);
        Eventually.await("two dead letters", LONG, () -> deadLetters(redis).size() == 2);
        assertThat(deadLetters(redis))
                .allSatisfy(letter -> assertThat(letter.getFields())
                        .containsEntry("changecast_reason", "it was removed from the stream before it was given"))
                .extracting(letter -> letter.getFields().get("changecast_id"))
                .containsExactlyInAnyOrder(gone, alsoGone);
        assertThat(texts(run)).isEmpty();
    }

    @Test
    void instancesShareTheWorkAndOneTakesOverForTheOther() {
        RealRedis redis = kept(RealRedis.start());
        SourceRun<ChangeSource> one =
                run(sharing(redis.port(), "host-1").batch(10).build(), null);
        SourceRun<ChangeSource> two =
                run(sharing(redis.port(), "host-2").batch(10).build(), null);
        one.awaitOpen();
        two.awaitOpen();
        for (int i = 0; i < 500; i++) {
            redis.add("jobs", "text", "job " + i);
        }
        Eventually.await(
                "all entries",
                LONG,
                () -> one.sink().changes().size() + two.sink().changes().size() == 500);
        one.close();
        for (int i = 500; i < 600; i++) {
            redis.add("jobs", "text", "job " + i);
        }
        Eventually.await(
                "all entries",
                LONG,
                () -> one.sink().changes().size() + two.sink().changes().size() >= 600);
        awaitConfirmed(redis);
        assertThat(texts(one)).isNotEmpty();
        assertThat(texts(two)).isNotEmpty();
        assertThat(Stream.concat(texts(one).stream(), texts(two).stream()))
                .doesNotHaveDuplicates()
                .hasSize(600);
    }

    @Test
    void aReplicaThatTookOverAndHandsOutAgainIsNotBelieved() {
        RealRedis redis = kept(RealRedis.start());
        ChangeSource source = sharing(redis.port(), "host-1").build();
        SourceRun<ChangeSource> run = run(source, null);
        IntStream.range(0, 5).forEach(i -> redis.add("jobs", "text", "job " + i));
        awaitText(run, "job 4");
        awaitConfirmed(redis);
        // What a replica looks like that had heard of the entries, and of no confirmation.
        redis.command("XGROUP", "SETID", "jobs", GROUP, "0");
        redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        assertThat(run.failure(LONG)).isNotNull();
        SourceRun<ChangeSource> next = again(source, run);
        redis.add("jobs", "text", "job 5");
        awaitText(next, "job 5");
        awaitConfirmed(redis);
        assertThat(opening(next)).isEqualTo("opened");
        assertThat(texts(next)).containsExactly("job 5");
    }

    @Test
    void aRedisThatComesBackEmptyIsToldAndReadFromItsBeginning() {
        RealRedis redis = kept(RealRedis.start());
        ChangeSource source = sharing(redis.port(), "host-1").build();
        SourceRun<ChangeSource> run = run(source, null);
        redis.add("jobs", "text", "one");
        awaitText(run, "one");
        awaitConfirmed(redis);
        redis.kill();
        redis.startAgain();
        SourceRun<ChangeSource> next = again(source, run);
        redis.add("jobs", "text", "two");
        awaitText(next, "two");
        assertThat(opening(next)).isEqualTo("EPOCH_CHANGED");
        assertThat(texts(next)).containsExactly("two");
    }

    /** A primary that was killed before its replica had heard of the last entry, which was given and confirmed. */
    private RealRedis promoted(RealRedis primary, RealRedis replica, SourceRun<ChangeSource> run) {
        primary.add("jobs", "text", "replicated");
        awaitText(run, "replicated");
        awaitConfirmed(primary);
        Eventually.await("the replica", LONG, () -> replica.ask(jedis -> jedis.xlen("jobs")) == 1);
        replica.command("REPLICAOF", "127.0.0.1", "1");
        primary.add("jobs", "text", "lost");
        awaitText(run, "lost");
        awaitConfirmed(primary);
        primary.kill();
        return replica;
    }

    @Test
    void aReplicaThatTakesOverWithoutTheLastEntriesIsToldAndGoneOnWith() {
        RealRedis primary = kept(RealRedis.start());
        RealRedis replica = kept(RealRedis.start("--replicaof", "127.0.0.1", Integer.toString(primary.port())));
        ChangeSource source = sharing(primary.port(), "host-1")
                .nodes("127.0.0.1:" + replica.port())
                .build();
        SourceRun<ChangeSource> run = run(source, null);
        promoted(primary, replica, run).command("REPLICAOF", "NO", "ONE");
        SourceRun<ChangeSource> next = again(source, run);
        assertThat(opening(next)).isEqualTo("EPOCH_CHANGED");
        assertThat(next.sink().epoch()).isNotEqualTo(run.sink().epoch());
        replica.add("jobs", "text", "new");
        awaitText(next, "new");
        awaitConfirmed(replica);
        assertThat(texts(next)).doesNotContain("lost").endsWith("new");
    }

    @Test
    void ofAReplicaThatTookOverAndHasNewerEntriesEachComesOnceThoughNobodyCanTellWhatItLacked() {
        RealRedis primary = kept(RealRedis.start());
        RealRedis replica = kept(RealRedis.start("--replicaof", "127.0.0.1", Integer.toString(primary.port())));
        ChangeSource source = sharing(primary.port(), "host-1")
                .nodes("127.0.0.1:" + replica.port())
                .build();
        SourceRun<ChangeSource> run = run(source, null);
        promoted(primary, replica, run).command("REPLICAOF", "NO", "ONE");
        IntStream.range(0, 3).forEach(i -> replica.add("jobs", "text", "new " + i));
        SourceRun<ChangeSource> next = again(source, run);
        awaitText(next, "new 2");
        awaitConfirmed(replica);
        assertThat(opening(next)).isEqualTo("opened");
        assertThat(texts(next)).endsWith("new 0", "new 1", "new 2").doesNotHaveDuplicates();
    }

    @Test
    void aRedisThatKeepsItsDataAndConnectionsThatBreakLoseNothing() throws Exception {
        RealRedis redis = kept(RealRedis.start("--appendonly", "yes", "--appendfsync", "always"));
        FaultProxy proxy = kept(FaultProxy.to(redis.port()));
        ChangeSource source = sharing(proxy.port(), "host-1").build();
        SourceRun<ChangeSource> run = run(source, null);
        List<String> all = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 20; i++) {
                redis.add("jobs", "text", "job " + round + "." + i);
            }
            awaitText(run, "job " + round + ".10");
            if (round == 0) {
                proxy.cut();
            } else if (round == 1) {
                proxy.blackHole(FaultProxy.Direction.TO_CLIENT);
            } else {
                redis.kill();
            }
            assertThat(run.failure(LONG)).isNotNull();
            proxy.heal();
            if (round == 2) {
                redis.startAgain();
            }
            all.addAll(texts(run));
            run = again(source, run);
            assertThat(opening(run)).isEqualTo("opened");
        }
        redis.add("jobs", "text", "last");
        awaitText(run, "last");
        all.addAll(texts(run));
        awaitConfirmed(redis);
        assertThat(all).doesNotHaveDuplicates().hasSize(61);
    }

    @Test
    void onlyWhatEveryGroupHasConfirmedIsTrimmed() {
        RealRedis redis = kept(RealRedis.start());
        redis.command("XGROUP", "CREATE", "jobs", "others", "0", "MKSTREAM");
        SourceRun<ChangeSource> run =
                run(sharing(redis.port(), "host-1").keep(100).build(), null);
        run.awaitOpen();
        redis.ask(jedis -> {
            var pipeline = jedis.pipelined();
            IntStream.range(0, 5000)
                    .forEach(i -> pipeline.xadd("jobs", StreamEntryID.NEW_ENTRY, Map.of("text", "job " + i)));
            pipeline.sync();
            return 0;
        });
        awaitText(run, "job 4999");
        awaitConfirmed(redis);
        // The others have read 3000 and confirmed all but the one after 2000.
        List<String> ids = redis.ask(jedis -> jedis.xrange("jobs", "-", "+")).stream()
                .map(entry -> entry.getID().toString())
                .toList();
        assertThat(ids).as("nothing is trimmed that others need").hasSize(5000);
        redis.command("XREADGROUP", "GROUP", "others", "x", "COUNT", "3000", "STREAMS", "jobs", ">");
        try (Jedis jedis = new Jedis("127.0.0.1", redis.port())) {
            jedis.xack(
                    "jobs",
                    "others",
                    IntStream.range(0, 3000)
                            .filter(i -> i != 2000)
                            .mapToObj(i -> new StreamEntryID(ids.get(i)))
                            .toArray(StreamEntryID[]::new));
        }
        Eventually.await(
                "trimming up to the entry that is needed", LONG, () -> redis.ask(jedis -> jedis.xlen("jobs")) <= 3002);
        List<StreamEntry> needed = redis.ask(jedis -> jedis.xrange("jobs", ids.get(2000), ids.get(2000)));
        assertThat(needed).hasSize(1);
        redis.command("XACK", "jobs", "others", ids.get(2000));
        redis.command("XGROUP", "SETID", "jobs", "others", "$");
        Eventually.await("trimming to what is kept", LONG, () -> redis.ask(jedis -> jedis.xlen("jobs")) <= 101);
        long left = redis.ask(jedis -> jedis.xlen("jobs"));
        assertThat(left).isGreaterThanOrEqualTo(100);
    }
}
