package dev.changecast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.testing.RecordingSink.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the engine may rely on with every source of changes. Extend it in a test and say, as an {@link Origin}, how what the
 * source reads is written to and what it can do; a test of its own fails where the source breaks the contract. The tests
 * play the engine's part by a {@link RecordingSink}, so nothing but the API is needed.
 */
@Timeout(120)
public abstract class SourceContract extends ReplayCases {
    /** Of each writer: enough for slow snapshots, and no load. */
    private static final int MOST_WRITES = 400;

    @Test
    void aSnapshotAndTheChangesItLacksAreTheStateWhileOthersWrite() throws Exception {
        if (!can(Capability.SNAPSHOTS)) {
            return; // whatIsNotDeclaredIsRefusedOrAbsent sees to it.
        }
        SourceRun<ChangeSource> running = run(null);
        commit(Write.insert(0, "the first"));
        awaitRow(running, 0);
        AtomicLong nextKey = new AtomicLong(1);
        AtomicBoolean enough = new AtomicBoolean();
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int seed = i;
            CompletableFuture<Void> writer = new CompletableFuture<>();
            writers.add(writer);
            new Thread(() -> write(seed, nextKey, enough, writer), "test-writer-" + i).start();
        }
        try {
            for (int round = 0; round < 4; round++) {
                assertStateIsWhole(running, "round" + round, nextKey);
            }
        } finally {
            enough.set(true);
        }
        for (CompletableFuture<Void> writer : writers) {
            writer.get();
        }
        assertStateIsWhole(running, "afterwards", nextKey);
    }

    private void assertStateIsWhole(SourceRun<ChangeSource> running, String fence, AtomicLong nextKey)
            throws Exception {
        Map<Long, @Nullable String> state = new TreeMap<>();
        Snapshot snapshot = snapshots(running).open(all(running));
        try (snapshot) {
            for (Row row = snapshot.next(); row != null; row = snapshot.next()) {
                Item item = at().read(snapshot.relation(), row);
                assertThat(state.put(item.key(), item.text()))
                        .as("row " + item.key() + " twice in a snapshot")
                        .isNull();
            }
        }
        // So that there is something that the rows lack, however slow the others are.
        commit(Write.insert(nextKey.getAndIncrement(), "behind the snapshot"));
        snapshots(running).raiseFence(fence);
        running.sink().await(event -> event.is("fence") && fence.equals(event.text()), at().patience());
        Map<Long, @Nullable String> replayed = new TreeMap<>();
        boolean lacks = false;
        for (Event event : running.sink().events()) {
            if (event.is("fence") && fence.equals(event.text())) {
                break;
            } else if (event.is("begin")) {
                lacks = !snapshot.contains(event.text(), Objects.requireNonNull(event.position()));
            } else if (event.isChange()) {
                apply(event, replayed);
                if (lacks) {
                    assertNotYetIn(event, state);
                    apply(event, state);
                }
            }
        }
        if (can(Capability.ROWS_AS_THEY_WERE)) {
            assertThat(state).as("rows and the changes that they lack").isEqualTo(replayed);
        } else {
            // Of a row that was changed around the snapshot either may tell what it became later.
            assertThat(state.keySet())
                    .as("the keys of rows and of the changes that they lack")
                    .isEqualTo(replayed.keySet());
        }
    }

    /** What the rows include is not among the changes that they are said to lack. */
    private void assertNotYetIn(Event event, Map<Long, @Nullable String> state) {
        Item row = event.is("insert") ? after(event) : event.is("delete") ? before(event) : null;
        if (row != null) {
            assertThat(state.containsKey(row.key()))
                    .as("whether there is a row " + row.key() + " before its " + event.kind())
                    .isEqualTo(event.is("delete"));
        }
    }

    private void apply(Event event, Map<Long, @Nullable String> state) {
        Item before = before(event);
        Item after = after(event);
        if (event.is("truncate")) {
            state.clear();
        }
        if (before != null) {
            state.remove(before.key());
        }
        if (after != null) {
            state.put(after.key(), after.text());
        }
    }

    /** Each writer has keys of its own, so that what it does can be done. */
    private void write(int seed, AtomicLong nextKey, AtomicBoolean enough, CompletableFuture<Void> done) {
        Random random = new Random(seed);
        List<Long> own = new ArrayList<>();
        try {
            for (int i = 0; i < MOST_WRITES && !enough.get(); i++) {
                List<Write> writes = new ArrayList<>();
                for (int n = can(Capability.TRANSACTIONS) ? random.nextInt(1, 4) : 1; n > 0; n--) {
                    writes.add(one(random, own, nextKey, "writer " + seed + " step " + i));
                }
                at().commit(writes);
            }
            done.complete(null);
        } catch (Throwable e) {
            done.completeExceptionally(e);
        }
    }

    private Write one(Random random, List<Long> own, AtomicLong nextKey, String text) {
        int what = own.isEmpty() ? 0 : random.nextInt(4);
        if (what == 1 && can(Capability.DELETES)) {
            return Write.delete(own.remove(random.nextInt(own.size())));
        } else if (what >= 2 && can(Capability.UPDATES)) {
            return Write.update(own.get(random.nextInt(own.size())), text);
        }
        own.add(nextKey.getAndIncrement());
        return Write.insert(own.get(own.size() - 1), text);
    }

    @Test
    void aFenceComesBehindWhatWasCommittedBefore() throws Exception {
        if (!can(Capability.SNAPSHOTS)) {
            return;
        }
        SourceRun<ChangeSource> running = run(null);
        for (long key = 1; key <= 20; key++) {
            commit(Write.insert(key, "row " + key));
            String fence = "fence" + key;
            snapshots(running).raiseFence(fence);
            running.sink().await(event -> event.is("fence") && fence.equals(event.text()), at().patience());
            long written = key;
            boolean seen = false;
            for (Event event : running.sink().events()) {
                seen |= event.isChange() && writes(event, written);
                if (event.is("fence") && fence.equals(event.text())) {
                    assertThat(seen).as("row " + key + " before its fence").isTrue();
                }
            }
        }
    }

    @Test
    void aSnapshotIsFilteredAndLimitedAndMayBeLeftEarly() throws Exception {
        if (!can(Capability.SNAPSHOTS)) {
            return;
        }
        SourceRun<ChangeSource> running = run(null);
        at().commit(inserts(1, 5));
        awaitRow(running, 5);
        Relation relation = relation(running);
        String key = relation.columns().get(relation.key().get(0)).name();
        Filter third = new Filter.Compare(key, Filter.Comparison.EQUAL, "3");
        assertThat(keys(running, new SnapshotQuery(relation, third, List.of(), 0)))
                .containsExactly(3L);
        assertThat(keys(running, new SnapshotQuery(relation, new Filter.Not(third), List.of(), 0)))
                .containsExactlyInAnyOrder(1L, 2L, 4L, 5L);
        List<SnapshotQuery.Order> down = List.of(new SnapshotQuery.Order(key, true));
        assertThat(keys(running, new SnapshotQuery(relation, Filter.ALL, down, 2)))
                .containsExactly(5L, 4L);
        Snapshot left = snapshots(running).open(all(running));
        assertThat(left.next()).isNotNull();
        left.close();
        left.close();
        assertThat(keys(running, all(running))).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void anAbsentOriginHasNoSnapshotAndNoFence() throws Exception {
        if (!can(Capability.SNAPSHOTS)) {
            return;
        }
        Relation relation = relation(run(null));
        SnapshotReader reader = kept(at().absent()).snapshots().orElseThrow();
        assertThatThrownBy(() -> reader.open(new SnapshotQuery(relation, Filter.ALL, List.of(), 0)))
                .hasMessageMatching("(?s).+");
        assertThatThrownBy(() -> reader.raiseFence("fence")).hasMessageMatching("(?s).+");
    }

    private List<Long> keys(SourceRun<ChangeSource> running, SnapshotQuery query) throws Exception {
        List<Long> keys = new ArrayList<>();
        try (Snapshot snapshot = snapshots(running).open(query)) {
            for (Row row = snapshot.next(); row != null; row = snapshot.next()) {
                keys.add(at().read(snapshot.relation(), row).key());
            }
        }
        return keys;
    }

    private static SnapshotReader snapshots(SourceRun<ChangeSource> running) {
        return running.source().snapshots().orElseThrow();
    }

    private SnapshotQuery all(SourceRun<ChangeSource> running) throws Exception {
        return new SnapshotQuery(relation(running), Filter.ALL, List.of(), 0);
    }

    private Relation relation(SourceRun<ChangeSource> running) throws Exception {
        return running.source().relations().stream()
                .filter(relation -> relation.qualifiedName().equals(at().relation()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("relations() does not name " + at().relation()));
    }
}
