package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.EVENTS;
import static dev.changecast.core.TestEngine.WORKSTATIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.source.Operation;
import dev.changecast.testing.Eventually;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listeners in the embedder's own process. */
@SuppressWarnings("try") // Being open is what a listening is for.
class ListenersTest {
    private TestEngine engine;
    private final List<Change> changes = new CopyOnWriteArrayList<>();
    private final List<String> resets = new CopyOnWriteArrayList<>();
    private final ChangeListener listener = new ChangeListener() {
        @Override
        public void onChange(Change change) {
            changes.add(change);
        }

        @Override
        public void onReset(String reason) {
            resets.add(reason);
        }
    };

    @BeforeEach
    void start() {
        engine = TestEngine.start(
                builder -> builder.route(Route.from("pg/public.events").readRoles("nobody")));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private void awaitChanges(int count) {
        Eventually.await(count + " changes", () -> changes.size() >= count);
    }

    @Test
    void changesComeInOrderWithEverythingThatIsKnown() throws Exception {
        try (AutoCloseable listening = engine.changecast.onChange("desks", listener)) {
            engine.source.commit(tx ->
                    tx.insert(DESKS, 1, 2, "a").insert(WORKSTATIONS, 1, 1, "x").update(DESKS, 1, 2, "b"));
            engine.source.commit(tx -> tx.delete(DESKS, 1));
            awaitChanges(3);
            assertThat(changes)
                    .extracting(Change::operation)
                    .containsExactly(Operation.INSERT, Operation.UPDATE, Operation.DELETE);
            assertThat(changes).extracting(Change::last).containsExactly(false, true, true);
            assertThat(changes).extracting(Change::tx).containsExactly("tx1", "tx1", "tx2");
            assertThat(changes)
                    .extracting(change -> change.position().toString())
                    .containsExactly("10-3", "10-7", "20-3");
            Change update = changes.get(1);
            assertThat(update.source()).isEqualTo("pg");
            assertThat(update.relation()).isEqualTo(DESKS);
            assertThat(update.committedAt()).isEqualTo(Instant.parse("2026-01-02T03:04:05.679Z"));
            assertThat(update.after().text(2)).isEqualTo("b");
            assertThat(update.before().text(2)).isEqualTo("a");
            assertThat(changes.get(2).after()).isNull();
        }
    }

    @Test
    void theLastOfATransactionIsToldThoughOtherChangesFollowInIt() throws Exception {
        try (AutoCloseable listening = engine.changecast.onChange("desks", listener)) {
            engine.source.commit(tx -> {
                tx.insert(DESKS, 1, 2, "a").insert(DESKS, 2, 2, "b");
                for (int i = 0; i < 5000; i++) {
                    tx.insert(WORKSTATIONS, i, 1, "of another collection");
                }
            });
            awaitChanges(2);
            assertThat(changes).extracting(Change::last).containsExactly(false, true);
        }
    }

    @Test
    void aStarStandsForAllCollectionsWhoeverMayReadThem() throws Exception {
        try (AutoCloseable listening = engine.changecast.onChange("*", listener)) {
            engine.source.commit(tx -> tx.insert(DESKS, 1, 2, "a").insert(EVENTS, "b"));
            awaitChanges(2);
            assertThat(changes).extracting(change -> change.relation().name()).containsExactly("desks", "events");
        }
    }

    @Test
    void aListenerThatFailsGetsTheNextChangeAllTheSame() throws Exception {
        try (AutoCloseable listening = engine.changecast.onChange("desks", change -> {
            changes.add(change);
            throw new IllegalStateException("on purpose");
        })) {
            for (int i = 0; i < 3; i++) {
                int id = i;
                engine.source.commit(tx -> tx.insert(DESKS, id, 2, "a"));
            }
            awaitChanges(3);
        }
    }

    @Test
    void whatWasCommittedBeforeIsNotTold() throws Exception {
        engine.source.commit(tx -> tx.insert(DESKS, 1, 2, "before"));
        engine.awaitCaptured();
        try (AutoCloseable listening = engine.changecast.onChange("desks", listener)) {
            engine.source.commit(tx -> tx.insert(DESKS, 2, 2, "after"));
            awaitChanges(1);
            assertThat(changes.get(0).after().text(2)).isEqualTo("after");
        }
    }

    @Test
    void nothingIsToldAfterClosing() throws Exception {
        AutoCloseable listening = engine.changecast.onChange("desks", listener);
        engine.source.commit(tx -> tx.insert(DESKS, 1, 2, "a"));
        awaitChanges(1);
        listening.close();
        List<Change> others = new CopyOnWriteArrayList<>();
        try (AutoCloseable other = engine.changecast.onChange("desks", others::add)) {
            engine.source.commit(tx -> tx.insert(DESKS, 2, 2, "b"));
            Eventually.await("the other to hear", () -> others.size() == 1);
        }
        assertThat(changes).hasSize(1);
    }

    @Test
    void aNewEpochIsTold() throws Exception {
        try (AutoCloseable listening = engine.changecast.onChange("desks", listener)) {
            engine.source.commit(tx -> tx.insert(DESKS, 1, 2, "a"));
            awaitChanges(1);
            engine.source.changeEpoch("e2");
            Eventually.await("the reset", () -> !resets.isEmpty());
            Eventually.await("the new epoch", () -> engine.source.runs() == 2 && engine.source.isRunning());
            engine.source.commit(tx -> tx.insert(DESKS, 2, 2, "b"));
            awaitChanges(2);
            assertThat(resets).hasSize(1);
        }
    }

    @Test
    void theFirstEpochIsNoReset() throws Exception {
        var late = new dev.changecast.testing.InMemorySource(DESKS);
        late.unreachable("not yet");
        try (TestEngine other = TestEngine.start(late, builder -> builder);
                AutoCloseable listening = other.changecast.onChange("desks", listener)) {
            late.reachable();
            Eventually.await("a run", late::isRunning);
            late.commit(tx -> tx.insert(DESKS, 1, 2, "first"));
            awaitChanges(1);
            assertThat(resets).isEmpty();
        }
    }

    @Test
    void aSlowListenerDelaysNobodyAndMissesNothing() throws Exception {
        Object gate = new Object();
        boolean[] open = new boolean[1];
        var client = engine.connect();
        TestEngine.follow(client, "desks");
        try (AutoCloseable listening = engine.changecast.onChange("desks", change -> {
            synchronized (gate) {
                while (!open[0]) {
                    gate.wait();
                }
            }
            changes.add(change);
        })) {
            for (int i = 0; i < 300; i++) {
                int id = i;
                engine.source.commit(tx -> tx.insert(DESKS, id, 2, "a"));
            }
            client.await("the last", message -> message.isChange() && message.number("data.id") == 299);
            assertThat(changes).isEmpty();
            synchronized (gate) {
                open[0] = true;
                gate.notifyAll();
            }
            awaitChanges(300);
            assertThat(changes)
                    .extracting(change -> Integer.parseInt(change.after().text(0)))
                    .isEqualTo(IntStream.range(0, 300).boxed().toList());
        }
    }

    @Test
    void listeningNeedsAnEngineThatWasStarted() {
        Changecast changecast = Changecast.builder().build();
        assertThatThrownBy(() -> changecast.onChange("*", listener)).hasMessage("start the engine first");
        changecast.close();
    }
}
