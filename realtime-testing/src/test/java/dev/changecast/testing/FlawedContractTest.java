package dev.changecast.testing;

import static dev.changecast.testing.FlawedOrigin.boasting;
import static dev.changecast.testing.FlawedOrigin.giving;
import static dev.changecast.testing.FlawedOrigin.modest;
import static dev.changecast.testing.FlawedOrigin.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.StartPoint;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherConstants;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Each case of {@link SourceContract} fails where a source breaks what it is about. */
class FlawedContractTest {
    private static final CountDownLatch END = new CountDownLatch(1);

    /** Not run by itself: with the origin that is under examination. */
    static final class Kit extends SourceContract {
        private static Supplier<Origin> examined = InMemoryOrigin::new;

        @Override
        protected Origin origin() {
            return examined.get();
        }
    }

    private record Flaw(String name, String caughtBy, Supplier<Origin> origin) {}

    private static List<Flaw> flaws() {
        List<Flaw> flaws = new ArrayList<>();
        flaws.addAll(ofTheStream());
        flaws.addAll(ofLife());
        flaws.addAll(ofReplay());
        flaws.addAll(ofQueues());
        flaws.addAll(ofSnapshots());
        return flaws;
    }

    private static List<Flaw> ofTheStream() {
        return List.of(
                new Flaw(
                        "leaves updates out",
                        "whatIsCommittedIsGivenAsItWasWritten",
                        giving(FlawedSink::leavesUpdatesOut)),
                new Flaw("claims messages", "whatIsNotDeclaredIsRefusedOrAbsent", with(FlawedSource::claimsMessages)),
                new Flaw("has snapshots", "whatIsNotDeclaredIsRefusedOrAbsent", modest(Capability.SNAPSHOTS)),
                new Flaw("can update", "whatIsNotDeclaredIsRefusedOrAbsent", modest(Capability.UPDATES)),
                new Flaw(
                        "splits transactions",
                        "whatIsCommittedTogetherIsOneTransaction",
                        giving(FlawedSink::givesEachChangeAsATransaction)),
                new Flaw(
                        "keeps what is rolled back",
                        "whatIsRolledBackIsNotGiven",
                        () -> new FlawedOrigin(source -> source) {
                            @Override
                            public void rollBack(List<Write> writes) {
                                commit(writes);
                            }
                        }),
                new Flaw(
                        "leaves a row out",
                        "manyTransactionsComeInOrderOnceEach",
                        giving(FlawedSink::givesTheFiftiethWithoutItsRow)),
                new Flaw(
                        "makes a relation per change",
                        "aLargeTransactionComesWhole",
                        giving(FlawedSink::makesARelationForEachChange)),
                new Flaw(
                        "does not wait for room",
                        "aSinkWithoutRoomForLongLosesNothing",
                        giving(FlawedSink::doesNotWaitForRoom)),
                new Flaw(
                        "loses its connection without room",
                        "aSinkWithoutRoomForLongLosesNothing",
                        giving(FlawedSink::losesItsConnectionWithoutRoom)),
                new Flaw("says no progress", "anIdleStreamSaysHowFarItIs", giving(FlawedSink::saysNoProgress)),
                new Flaw(
                        "says the same progress",
                        "anIdleStreamSaysHowFarItIs",
                        giving(FlawedSink::saysTheSameProgress)),
                new Flaw(
                        "names no relations",
                        "theRelationsAreThoseOfTheChanges",
                        with(FlawedSource::namesNoRelations)));
    }

    private static List<Flaw> ofLife() {
        return List.of(
                new Flaw(
                        "cannot be closed",
                        "closeEndsAnIdleRunAndMayBeCalledAgain",
                        with(FlawedSource::cannotBeClosed)),
                new Flaw(
                        "waits for room for ever",
                        "closeEndsARunThatWaitsForRoom",
                        giving(FlawedSink::waitsForRoomForEver)),
                new Flaw(
                        "waits for its peer for ever",
                        "closeEndsARunThatWaitsForItsPeer",
                        () -> new FlawedOrigin(source -> source) {
                            @Override
                            public ChangeSource silent(int port) {
                                return FlawedSource.cannotBeClosed(super.silent(port));
                            }
                        }),
                new Flaw(
                        "runs after its end",
                        "aClosedSourceDoesNotRunAndAnswersWithoutFailing",
                        () -> new FlawedOrigin(source -> source) {
                            @Override
                            public ChangeSource source() {
                                return FlawedSource.runsAfterItsEnd(super.source(), closed -> database.another());
                            }
                        }),
                new Flaw(
                        "must have run to be closed",
                        "aSourceThatWasNeverRunCanBeClosed",
                        with(FlawedSource::mustHaveRunToBeClosed)),
                new Flaw(
                        "has a thread without a name",
                        "threadsHaveNamesAndEndWithTheirSource",
                        with(source -> FlawedSource.startsAThread(source, null, END))),
                new Flaw(
                        "leaves a thread behind",
                        "threadsHaveNamesAndEndWithTheirSource",
                        with(source -> FlawedSource.startsAThread(source, "changecast-left", END))),
                new Flaw(
                        "returns without its origin",
                        "anAbsentOriginFailsTheRunWithAMessage",
                        absent(FlawedSource.returnsWhereItShouldFail(new InMemoryOrigin().absent()))),
                new Flaw(
                        "fails without a word",
                        "anAbsentOriginFailsTheRunWithAMessage",
                        absent(FlawedSource.failsWithoutAWord(new InMemoryOrigin().absent()))),
                new Flaw(
                        "finds a problem where there is none",
                        "theCheckOfAGoodOriginFindsNoProblemBeforeAndBesideARun",
                        with(source -> FlawedSource.checks(source, real -> CheckResult.failed("somebody is there")))),
                new Flaw(
                        "finds nothing wrong",
                        "theCheckOfAnAbsentOriginSaysSoAndDoesNotThrow",
                        absent(FlawedSource.checks(new InMemoryOrigin().absent(), real -> CheckResult.OK))),
                new Flaw(
                        "throws where it should answer",
                        "theCheckOfAnAbsentOriginSaysSoAndDoesNotThrow",
                        absent(FlawedSource.checks(new InMemoryOrigin().absent(), real -> {
                            throw new IllegalStateException("nobody is there");
                        }))),
                new Flaw(
                        "names one thing at a time",
                        "aCheckNamesAllThatIsWrongAtOnce",
                        () -> new FlawedOrigin(source -> source) {
                            @Override
                            public Mistaken mistaken() {
                                return Mistaken.of(absent(), "nobody is there", "place");
                            }
                        }),
                new Flaw("shows its secret", "noSecretIsShown", with(FlawedSource::showsItsSecret)),
                new Flaw(
                        "locks when acknowledged",
                        "acknowledgingBlocksNobodyWhateverTheRunDoes",
                        with(FlawedSource::locksWhenAcknowledged)),
                new Flaw(
                        "refuses early acknowledgements",
                        "acknowledgingBlocksNobodyWhateverTheRunDoes",
                        with(FlawedSource::refusesEarlyAcknowledgements)));
    }

    private static Supplier<Origin> absent(ChangeSource source) {
        return () -> new FlawedOrigin(good -> good) {
            @Override
            public ChangeSource absent() {
                return source;
            }
        };
    }

    private static List<Flaw> ofReplay() {
        AtomicInteger runs = new AtomicInteger();
        Position[] given = {Position.ZERO};
        StartPoint beginning = new StartPoint("e1", Checkpoint.at(new Position(5, 0)));
        return List.of(
                new Flaw(
                        "begins in the past",
                        "aFirstRunBeginsWhereItSays",
                        with(source ->
                                FlawedSource.startsElsewhere(source, start -> start == null ? beginning : start))),
                new Flaw(
                        "goes on at the present",
                        "afterARestartItGoesOnBehindWhatTheLogHolds",
                        with(source -> FlawedSource.startsElsewhere(source, start -> null))),
                new Flaw(
                        "has other positions in each run",
                        "fromEachCheckpointTheSameChangesComeAtTheSamePositions",
                        giving(sink -> FlawedSink.shiftsPositions(sink, runs.getAndIncrement()))),
                new Flaw(
                        "says progress ahead of itself",
                        "anIdleStreamsProgressIsAPlaceToGoOnFrom",
                        giving(FlawedSink::saysProgressAheadOfItself)),
                new Flaw(
                        "goes on within a transaction",
                        "aRunThatFailedInTheMiddleIsRunAgainAndGivesTheTransactionWhole",
                        giving(sink -> FlawedSink.goesOnWithinATransaction(sink, given))),
                new Flaw(
                        "returns when its connection breaks",
                        "aBrokenConnectionLosesNothing",
                        with(FlawedSource::returnsWhereItShouldFail)),
                new Flaw(
                        "takes any epoch for its own",
                        "anotherEpochIsAReset",
                        giving(FlawedSink::opensWhereItShouldReset)),
                new Flaw(
                        "takes any start point for good",
                        "aStartPointAheadOfTheOriginIsAReset",
                        boasting(Capability.KNOWS_ITS_END)),
                new Flaw("is silent over a gap", "lostHistoryIsAReset", giving(FlawedSink::opensWhereItShouldReset)),
                new Flaw("gives no reason", "lostHistoryIsAReset", giving(FlawedSink::resetsWithoutAReason)),
                new Flaw("keeps its epoch", "anotherOriginInItsPlaceIsAReset", giving(FlawedSink::keepsItsEpoch)));
    }

    private static List<Flaw> ofQueues() {
        return List.of(
                new Flaw(
                        "confirms at once",
                        "whatWasNotAcknowledgedComesAgainAndWhatWasDoesNot",
                        FlawedQueue.confirmingAtOnce()),
                new Flaw(
                        "confirms never",
                        "whatWasNotAcknowledgedComesAgainAndWhatWasDoesNot",
                        FlawedQueue.confirmingNever()),
                new Flaw("repeats what the log holds", "whatTheLogHoldsButWasNotAcknowledged", FlawedQueue.repeating()),
                new Flaw("goes by the clock", "positionsAssignedHereNeverGoBack", FlawedQueue.goingByTheClock()));
    }

    private static List<Flaw> ofSnapshots() {
        String state = "aSnapshotAndTheChangesItLacksAreTheStateWhileOthersWrite";
        return List.of(
                new Flaw("takes all for contained", state, with(source -> FlawedSource.containing(source, true))),
                new Flaw("takes nothing for contained", state, with(source -> FlawedSource.containing(source, false))),
                new Flaw(
                        "lets fences overtake",
                        "aFenceComesBehindWhatWasCommittedBefore",
                        giving(FlawedSink::letsFencesOvertake)),
                new Flaw(
                        "has rows of an absent origin",
                        "anAbsentOriginHasNoSnapshotAndNoFence",
                        absent(new InMemorySource())),
                new Flaw(
                        "reads everything",
                        "aSnapshotIsFilteredAndLimitedAndMayBeLeftEarly",
                        with(FlawedSource::readingEverything)));
    }

    @TestFactory
    Stream<DynamicTest> theCaseFailsForASourceThat() {
        return flaws().stream()
                .map(flaw -> DynamicTest.dynamicTest(flaw.name + " - " + flaw.caughtBy, () -> assertCaught(flaw)));
    }

    private static void assertCaught(Flaw flaw) {
        Kit.examined = flaw.origin;
        TestExecutionResult result = run(flaw.caughtBy);
        assertThat(result.getStatus()).isEqualTo(TestExecutionResult.Status.FAILED);
        assertThat(result.getThrowable())
                .as("a case that fails says what is wrong")
                .hasValueSatisfying(failure -> assertThat(failure).isNotInstanceOf(NullPointerException.class));
    }

    private static TestExecutionResult run(String method) {
        List<TestExecutionResult> results = new ArrayList<>();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectMethod(Kit.class, method))
                                .configurationParameter(LauncherConstants.CAPTURE_STDERR_PROPERTY_NAME, "false")
                                .build(),
                        new TestExecutionListener() {
                            @Override
                            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                                if (test.isTest()) {
                                    results.add(result);
                                }
                            }
                        });
        assertThat(results).as("the cases called " + method).hasSize(1);
        return results.get(0);
    }

    @Test
    void noCaseIsWithoutAFlawThatItCatches() {
        Set<String> cases = new TreeSet<>();
        for (Class<?> type = SourceContract.class; type != Object.class; type = type.getSuperclass()) {
            Arrays.stream(type.getDeclaredMethods())
                    .filter(method -> method.isAnnotationPresent(Test.class))
                    .map(Method::getName)
                    .forEach(cases::add);
        }
        assertThat(flaws().stream().map(Flaw::caughtBy).collect(Collectors.toSet()))
                .isEqualTo(cases);
    }

    @AfterAll
    static void endThreads() {
        END.countDown();
        Kit.examined = InMemoryOrigin::new;
    }
}
