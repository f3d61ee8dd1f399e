package dev.changecast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How a source begins and ends, what it says of itself, and what other threads may do meanwhile. */
abstract class LifeCases extends StreamCases {
    private static final Pattern UNNAMED = Pattern.compile("Thread-\\d+|pool-\\d+-thread-\\d+");

    // ---- Closing

    @Test
    void closeEndsAnIdleRunAndMayBeCalledAgain() {
        SourceRun<ChangeSource> running = run(null);
        assertEndsWhenClosed(running);
        running.source().close();
        running.source().close();
    }

    @Test
    void closeEndsARunThatWaitsForRoom() throws Exception {
        SourceRun<ChangeSource> running = run(null);
        running.sink().open(false);
        int asked = running.sink().roomAsked();
        commit(Write.insert(1, "one"));
        Eventually.await(
                "room to be asked for", at().patience(), () -> running.sink().roomAsked() > asked);
        assertEndsWhenClosed(running);
        assertThat(running.sink().changes()).isEmpty();
    }

    @Test
    void closeEndsARunThatWaitsForItsPeer() throws Exception {
        if (!can(Capability.WAITS_FOR_A_PEER)) {
            assertThatThrownBy(() -> at().silent(1)).isInstanceOf(UnsupportedOperationException.class);
            return;
        }
        try (ServerSocket peer = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            SourceRun<ChangeSource> running = starting(kept(at().silent(peer.getLocalPort())), null, true);
            peer.setSoTimeout((int) at().patience().toMillis());
            try (Socket connection = peer.accept()) {
                assertThat(connection.isConnected()).isTrue();
                assertEndsWhenClosed(running);
            }
        }
    }

    private void assertEndsWhenClosed(SourceRun<ChangeSource> running) {
        long closing = System.nanoTime();
        running.close(soon());
        assertThat(Duration.ofNanos(System.nanoTime() - closing))
                .as("close() and the end of the run")
                .isLessThan(soon());
    }

    @Test
    void aClosedSourceDoesNotRunAndAnswersWithoutFailing() {
        ChangeSource source = source();
        source.close();
        SourceRun<ChangeSource> late = starting(source, null, true);
        Eventually.await("the run to end at once", soon(), late::hasEnded);
        assertThat(late.sink().events()).isEmpty();
        source.acknowledge(Checkpoint.at(Position.ZERO));
        assertThat(source.check()).isNotNull();
    }

    @Test
    void aSourceThatWasNeverRunCanBeClosed() {
        at().source().close();
        at().absent().close();
    }

    @Test
    void threadsHaveNamesAndEndWithTheirSource() throws Exception {
        Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
        SourceRun<ChangeSource> running = run(null);
        commit(Write.insert(1, "one"));
        awaitRow(running, 1);
        running.source().relations();
        assertThat(namesOfNew(before))
                .as("every thread has a name that says whose it is")
                .noneMatch(name -> UNNAMED.matcher(name).matches());
        running.close();
        Eventually.assertEventually(() -> assertThat(namesOfNew(before))
                .as("threads that outlive their source")
                .noneMatch(name -> name.startsWith("changecast")
                        || name.startsWith("test-source")
                        || UNNAMED.matcher(name).matches()));
    }

    private List<String> namesOfNew(Set<Thread> before) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.isAlive() && !before.contains(thread))
                .map(Thread::getName)
                .filter(name -> !at().isOwnThread(name))
                .toList();
    }

    // ---- Failing

    @Test
    void anAbsentOriginFailsTheRunWithAMessage() {
        SourceRun<ChangeSource> running = starting(kept(at().absent()), null, true);
        Throwable failure = running.failure(at().patience().multipliedBy(2));
        assertThat(failure.getMessage()).as("what failed, in words").isNotBlank();
        assertThat(running.sink().events()).noneMatch(event -> !event.is("waiting"));
    }

    // ---- Checking

    @Test
    void theCheckOfAGoodOriginFindsNoProblemBeforeAndBesideARun() {
        ChangeSource source = source();
        assertThat(source.check().problems()).isEmpty();
        running(source, null, true);
        assertThat(source.check().problems()).isEmpty();
    }

    @Test
    void theCheckOfAnAbsentOriginSaysSoAndDoesNotThrow() {
        CheckResult result = kept(at().absent()).check();
        assertThat(result.problems()).isNotEmpty().allMatch(problem -> !problem.isBlank());
    }

    @Test
    void aCheckNamesAllThatIsWrongAtOnce() {
        Origin.Mistaken mistaken = at().mistaken();
        for (ChangeSource source : mistaken.sources()) {
            assertThat(String.join("\n", kept(source).check().problems())).contains(mistaken.words());
        }
    }

    @Test
    void noSecretIsShown() {
        List<String> shown = new ArrayList<>();
        List<ChangeSource> sources = new ArrayList<>(at().mistaken().sources());
        sources.add(at().source());
        ChangeSource absent = at().absent();
        sources.add(absent);
        for (ChangeSource source : sources) {
            kept(source);
            shown.add(source.toString());
            shown.addAll(source.check().problems());
            shown.addAll(source.check().warnings());
        }
        Throwable failure = starting(absent, null, true).failure(at().patience().multipliedBy(2));
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            shown.add(cause.toString());
        }
        for (String secret : at().secrets()) {
            assertThat(shown).noneMatch(text -> text.contains(secret));
        }
    }

    // ---- Acknowledging

    @Test
    void acknowledgingBlocksNobodyWhateverTheRunDoes() throws Exception {
        ChangeSource source = source();
        acknowledgeOften(source, Checkpoint.at(Position.ZERO));
        SourceRun<ChangeSource> running = running(source, null, false);
        Checkpoint from = running.end().checkpoint();
        running.sink().hold(event -> event.isChange());
        commit(Write.insert(1, "one"));
        running.sink().await(event -> event.isChange(), at().patience());
        acknowledgeOften(source, from);
        running.sink().hold(event -> false);
        awaitRow(running, 1);
        acknowledgeOften(source, running.end().checkpoint());
        acknowledgeOften(source, from);
        commit(Write.insert(2, "two"));
        awaitRow(running, 2);
        running.close();
        acknowledgeOften(source, running.end().checkpoint());
    }

    private void acknowledgeOften(ChangeSource source, Checkpoint checkpoint) throws Exception {
        CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        source.acknowledge(checkpoint);
                    }
                })
                .get(soon().toMillis(), TimeUnit.MILLISECONDS);
    }
}
