package dev.changecast.source.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.StartPoint;
import dev.changecast.redis.testing.RealRedis;
import dev.changecast.testing.FaultProxy;
import dev.changecast.testing.RecordingSink;
import dev.changecast.testing.SourceRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Entries read by a cursor from a real Redis that is killed, comes back without its data, is replaced, or falls silent. */
class FanOutFaultsIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final List<AutoCloseable> opened = new ArrayList<>();

    @TempDir
    private Path directory;

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

    private static RedisStreamsSourceBuilder reading(int port, String... streams) {
        return RedisStreamsSource.builder("redis://127.0.0.1:" + port)
                .streams(streams.length == 0 ? new String[] {"feed"} : streams)
                .columns("text")
                .heartbeat(Duration.ofMillis(100))
                .timeout(Duration.ofMillis(500));
    }

    private SourceRun<ChangeSource> run(ChangeSource source, @Nullable StartPoint start) {
        return kept(SourceRun.starting(source, start, true));
    }

    /** Runs the source until a run opens. */
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
        run.sink().await(event -> event.is("commit"), LONG);
    }

    private static void awaitIdle(SourceRun<?> run) {
        var now = run.end().checkpoint().position();
        run.sink().await(event -> event.is("progress") && event.position().isAfter(now), LONG);
    }

    private static @Nullable String text(RecordingSink.Event event) {
        return event.relation() == null || event.afterRow() == null
                ? null
                : event.afterRow().text(1);
    }

    private static List<String> texts(SourceRun<?> run) {
        return run.sink().changes().stream().map(FanOutFaultsIT::text).toList();
    }

    private static String opening(SourceRun<?> run) {
        RecordingSink.Event event = run.sink().events().get(0);
        return event.is("reset") ? event.text() : event.kind();
    }

    @Test
    void aRedisThatIsKilledAndKeepsItsDataIsGoneOnWith() {
        RealRedis redis = kept(RealRedis.start("--appendonly", "yes", "--appendfsync", "always"));
        ChangeSource source = reading(redis.port()).build();
        SourceRun<ChangeSource> run = run(source, null);
        for (int round = 0; round < 3; round++) {
            redis.add("feed", "text", "before " + round);
            awaitText(run, "before " + round);
            redis.kill();
            assertThat(run.failure(LONG)).hasMessageContaining("cannot speak with the Redis at redis://127.0.0.1:");
            redis.startAgain();
            redis.add("feed", "text", "after " + round);
            run = again(source, run);
            awaitText(run, "after " + round);
            assertThat(opening(run)).isEqualTo("opened");
            assertThat(texts(run)).containsExactly("after " + round);
        }
    }

    @Test
    void aRedisThatComesBackEmptyIsAnotherHistory() {
        RealRedis redis = kept(RealRedis.start());
        ChangeSource source = reading(redis.port()).build();
        SourceRun<ChangeSource> run = run(source, null);
        redis.add("feed", "text", "one");
        awaitText(run, "one");
        redis.kill();
        redis.startAgain();
        redis.add("feed", "text", "two");
        SourceRun<ChangeSource> next = again(source, run);
        awaitText(next, "two");
        assertThat(opening(next)).isEqualTo("EPOCH_CHANGED");
        assertThat(next.sink().epoch()).isNotEqualTo(run.sink().epoch());
        assertThat(texts(next)).containsExactly("two");
    }

    @Test
    void anIdleSourceNoticesThatEverythingIsGone() {
        RealRedis redis = kept(RealRedis.start());
        ChangeSource source = reading(redis.port()).build();
        redis.add("feed", "text", "one");
        SourceRun<ChangeSource> run = run(source, null);
        awaitText(run, "one");
        redis.command("FLUSHALL");
        assertThat(run.failure(LONG)).hasMessageContaining("no longer the one that was read");
        assertThat(opening(again(source, run))).isEqualTo("EPOCH_CHANGED");
    }

    @Test
    void aReplicaThatTakesOverWithoutTheLastEntriesIsAnotherHistoryForAll() throws Exception {
        RealRedis primary = kept(RealRedis.start());
        RealRedis replica = kept(RealRedis.start("--replicaof", "127.0.0.1", Integer.toString(primary.port())));
        ChangeSource source =
                reading(primary.port()).nodes("127.0.0.1:" + replica.port()).build();
        ChangeSource other =
                reading(primary.port()).nodes("127.0.0.1:" + replica.port()).build();
        SourceRun<ChangeSource> run = run(source, null);
        SourceRun<ChangeSource> otherRun = run(other, null);
        primary.add("feed", "text", "replicated");
        awaitText(run, "replicated");
        awaitText(otherRun, "replicated");
        assertThat(run.sink().epoch()).isEqualTo(otherRun.sink().epoch());
        dev.changecast.testing.Eventually.await(
                "the replica", LONG, () -> replica.ask(jedis -> jedis.xlen("feed")) == 1);
        // What comes now never gets there.
        replica.command("REPLICAOF", "127.0.0.1", "1");
        primary.add("feed", "text", "lost");
        awaitText(run, "lost");
        awaitText(otherRun, "lost");
        primary.kill();
        replica.command("REPLICAOF", "NO", "ONE");
        replica.add("feed", "text", "new");

        SourceRun<ChangeSource> next = again(source, run);
        awaitText(next, "new");
        assertThat(opening(next)).isEqualTo("EPOCH_CHANGED");
        assertThat(texts(next)).containsExactly("replicated", "new");
        SourceRun<ChangeSource> otherNext = again(other, otherRun);
        assertThat(opening(otherNext)).isEqualTo("EPOCH_CHANGED");
        assertThat(otherNext.sink().epoch())
                .isEqualTo(next.sink().epoch())
                .isNotEqualTo(run.sink().epoch());
    }

    @Test
    void aReplicaThatHasEverythingTakesOverUnnoticed() {
        RealRedis primary = kept(RealRedis.start());
        RealRedis replica = kept(RealRedis.start("--replicaof", "127.0.0.1", Integer.toString(primary.port())));
        ChangeSource source =
                reading(replica.port()).nodes("127.0.0.1:" + primary.port()).build();
        SourceRun<ChangeSource> run = run(source, null);
        primary.add("feed", "text", "one");
        awaitText(run, "one");
        dev.changecast.testing.Eventually.await(
                "the replica", LONG, () -> replica.ask(jedis -> jedis.xlen("feed")) == 1);
        primary.kill();
        assertThat(run.failure(LONG)).isNotNull();
        assertThat(reading(replica.port()).build().check().problems())
                .singleElement()
                .asString()
                .contains("is a replica", "address of the primary");
        replica.command("REPLICAOF", "NO", "ONE");
        replica.add("feed", "text", "two");
        SourceRun<ChangeSource> next = again(source, run);
        awaitText(next, "two");
        assertThat(opening(next)).isEqualTo("opened");
        assertThat(texts(next)).containsExactly("two");
    }

    @Test
    void trimmingPastTheCursorIsToldAndWhatIsLeftComes() {
        RealRedis redis = kept(RealRedis.start());
        ChangeSource source = reading(redis.port()).build();
        SourceRun<ChangeSource> run = run(source, null);
        redis.add("feed", "text", "one");
        awaitText(run, "one");
        run.close();
        IntStream.range(0, 10).forEach(i -> redis.add("feed", "text", "later " + i));
        redis.command("XTRIM", "feed", "MAXLEN", "3");
        SourceRun<ChangeSource> next = run(reading(redis.port()).build(), run.end());
        awaitText(next, "later 9");
        assertThat(opening(next)).isEqualTo("SLOT_LOST");
        assertThat(next.sink().epoch()).isEqualTo(run.sink().epoch());
        assertThat(texts(next)).containsExactly("later 7", "later 8", "later 9");
    }

    @Test
    void trimmingUnderARunThatWaitsForRoomIsTold() {
        RealRedis redis = kept(RealRedis.start());
        ChangeSource source = reading(redis.port()).batch(2).build();
        SourceRun<ChangeSource> run = run(source, null);
        redis.add("feed", "text", "one");
        awaitText(run, "one");
        run.sink().open(false);
        int asked = run.sink().roomAsked();
        IntStream.range(0, 10).forEach(i -> redis.add("feed", "text", "later " + i));
        dev.changecast.testing.Eventually.await(
                "room to be asked for", LONG, () -> run.sink().roomAsked() > asked);
        redis.command("XTRIM", "feed", "MAXLEN", "3");
        run.sink().open(true);
        assertThat(run.failure(LONG)).hasMessageContaining("removed before they were read");
        SourceRun<ChangeSource> next = again(source, run);
        awaitText(next, "later 9");
        assertThat(opening(next)).isEqualTo("SLOT_LOST");
        assertThat(texts(next)).containsExactly("later 7", "later 8", "later 9");
    }

    @Test
    void trimmingOfWhatWasReadIsNoLoss() {
        RealRedis redis = kept(RealRedis.start());
        ChangeSource source = reading(redis.port()).build();
        SourceRun<ChangeSource> run = run(source, null);
        for (int i = 0; i < 20; i++) {
            redis.add("feed", "text", "entry " + i);
            awaitText(run, "entry " + i);
            // It has looked behind the entry, and found nothing.
            awaitIdle(run);
            redis.command("XTRIM", "feed", "MAXLEN", i % 3 == 0 ? "0" : "1");
        }
        run.close();
        SourceRun<ChangeSource> next = run(reading(redis.port()).build(), run.end());
        redis.add("feed", "text", "last");
        awaitText(next, "last");
        assertThat(opening(next)).isEqualTo("opened");
        assertThat(run.hasEnded()).isTrue();
        assertThat(texts(run)).hasSize(20);
    }

    @Test
    void redis7TellsThatNoMoreWasTrimmedThanWasRead() {
        RealRedis redis = kept(RealRedis.start());
        SourceRun<ChangeSource> run = run(reading(redis.port()).build(), null);
        redis.add("feed", "text", "one");
        awaitText(run, "one");
        // Only when it is idle it learns how many there are.
        awaitIdle(run);
        run.close();
        redis.add("feed", "text", "two");
        redis.command("XTRIM", "feed", "MAXLEN", "1");
        SourceRun<ChangeSource> next = run(reading(redis.port()).build(), run.end());
        awaitText(next, "two");
        // Redis 6.2 cannot tell, and so something may be missing.
        assertThat(opening(next)).isEqualTo(redis.version() >= 7 ? "opened" : "SLOT_LOST");
        assertThat(texts(next)).containsExactly("two");
    }

    @Test
    void connectionsThatAreCutOrFallSilentLoseNothing() throws Exception {
        RealRedis redis = kept(RealRedis.start());
        FaultProxy proxy = kept(FaultProxy.to(redis.port()));
        ChangeSource source = reading(proxy.port()).build();
        SourceRun<ChangeSource> run = run(source, null);
        List<String> all = new ArrayList<>();
        for (int round = 0; round < 4; round++) {
            redis.add("feed", "text", "before " + round);
            awaitText(run, "before " + round);
            if (round % 2 == 0) {
                proxy.cut();
            } else {
                proxy.blackHole(FaultProxy.Direction.TO_CLIENT);
            }
            redis.add("feed", "text", "meanwhile " + round);
            assertThat(run.failure(LONG)).isNotNull();
            proxy.heal();
            all.addAll(texts(run));
            run = again(source, run);
            awaitText(run, "meanwhile " + round);
            assertThat(opening(run)).isEqualTo("opened");
        }
        all.addAll(texts(run));
        assertThat(all).doesNotHaveDuplicates().hasSize(8);
    }

    @Test
    void aRedisThatStandsStillIsNoticed() {
        RealRedis redis = kept(RealRedis.start());
        ChangeSource source = reading(redis.port()).build();
        SourceRun<ChangeSource> run = run(source, null);
        redis.add("feed", "text", "one");
        awaitText(run, "one");
        redis.freeze();
        try {
            assertThat(run.failure(LONG)).hasMessageContaining("check that it runs");
        } finally {
            redis.thaw();
        }
        redis.add("feed", "text", "two");
        SourceRun<ChangeSource> next = again(source, run);
        awaitText(next, "two");
        assertThat(opening(next)).isEqualTo("opened");
    }

    @Test
    void anEntryThatCannotBeReadIsPassedOverAndDoesNotComeAgain() {
        RealRedis redis = kept(RealRedis.start());
        RedisStreamsSourceBuilder typed = reading(redis.port()).columns("text", "number integer");
        SourceRun<ChangeSource> run = run(typed.build(), null);
        redis.add("feed", "text", "one", "number", "1");
        redis.add("feed", "text", "bad", "number", "many");
        redis.add("feed", "text", "two", "number", "2");
        awaitText(run, "two");
        String last = redis.add("feed", "text", "bad", "number", "at the end");
        run.sink()
                .await(
                        event -> event.is("progress")
                                && EntryId.of(event.position()).toString().equals(last),
                        LONG);
        run.close();
        assertThat(texts(run)).containsExactly("one", "two");
        SourceRun<ChangeSource> next = run(reading(redis.port()).build(), run.end());
        redis.add("feed", "text", "three");
        awaitText(next, "three");
        assertThat(texts(next)).containsExactly("three");
    }

    @Test
    void severalStreamsAreReadTogetherAndGoneOnWithByWhatTheCheckpointSays() {
        RealRedis redis = kept(RealRedis.start());
        SourceRun<ChangeSource> run = run(reading(redis.port(), "a", "b").build(), null);
        redis.command("XADD", "a", "5-0", "text", "a1");
        awaitText(run, "a1");
        // A lower id than one that was given.
        redis.command("XADD", "b", "3-0", "text", "b1");
        awaitText(run, "b1");
        run.close();
        assertThat(run.sink().changes())
                .extracting(event -> event.relation().name())
                .containsExactly("a", "b");
        redis.command("XADD", "b", "4-0", "text", "b2");
        redis.command("XADD", "a", "6-0", "text", "a2");
        SourceRun<ChangeSource> next = run(reading(redis.port(), "a", "b").build(), run.end());
        awaitText(next, "a2");
        awaitText(next, "b2");
        assertThat(opening(next)).isEqualTo("opened");
        assertThat(texts(next)).containsExactlyInAnyOrder("a2", "b2");
        assertThat(next.sink().brokenRules()).isEmpty();
        next.close();
        // One more in the configuration, whose entries have not been given.
        redis.command("XADD", "c", "1-0", "text", "c1");
        SourceRun<ChangeSource> three = run(reading(redis.port(), "a", "b", "c").build(), next.end());
        awaitText(three, "c1");
        assertThat(texts(three)).containsExactly("c1");
        three.close();
        redis.command("DEL", "b");
        SourceRun<ChangeSource> replaced =
                run(reading(redis.port(), "a", "b", "c").build(), three.end());
        replaced.awaitOpen();
        assertThat(opening(replaced)).isEqualTo("EPOCH_CHANGED");
        assertThat(replaced.sink().epoch()).isNotEqualTo(three.sink().epoch());
    }

    @Test
    void whoComesFirstReadsFromTheEndWhereThatIsWanted() {
        RealRedis redis = kept(RealRedis.start());
        redis.add("feed", "text", "before");
        SourceRun<ChangeSource> run =
                run(reading(redis.port()).fromBeginning(false).build(), null);
        run.awaitOpen();
        redis.add("feed", "text", "after");
        awaitText(run, "after");
        assertThat(texts(run)).containsExactly("after");
    }

    @Test
    void manyLargeEntriesArriveInSmallAnswers() {
        RealRedis redis = kept(RealRedis.start());
        String large = "x".repeat(900_000);
        IntStream.range(0, 40).forEach(i -> redis.add("feed", "text", i + large));
        SourceRun<ChangeSource> run =
                run(reading(redis.port()).timeout(Duration.ofSeconds(10)).build(), null);
        awaitText(run, 39 + large);
        assertThat(texts(run)).hasSize(40);
    }
}
