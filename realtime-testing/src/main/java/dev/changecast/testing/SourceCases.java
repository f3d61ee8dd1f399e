package dev.changecast.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.SourceMessage;
import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.RecordingSink.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the cases of {@link SourceContract} are written with. */
abstract class SourceCases {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final List<SourceRun<ChangeSource>> runs = new ArrayList<>();
    private final List<ChangeSource> sources = new ArrayList<>();
    private @Nullable Origin made;

    /** The origin that a test writes to and reads from: new and empty. */
    protected abstract Origin origin() throws Exception;

    @BeforeEach
    final void makeOrigin() throws Exception {
        made = origin();
    }

    @AfterEach
    final void noRuleWasBroken() throws Exception {
        try {
            runs.forEach(run -> run.close(soon()));
        } finally {
            sources.forEach(ChangeSource::close);
            if (made != null) {
                made.close();
            }
        }
        for (SourceRun<ChangeSource> run : runs) {
            assertThat(run.sink().brokenRules()).as("rules of ChangeSink").isEmpty();
        }
    }

    final Origin at() {
        return Objects.requireNonNull(made);
    }

    final boolean can(Capability capability) {
        return at().capabilities().contains(capability);
    }

    final boolean replays(Replay how) {
        return at().replay() == how;
    }

    /** Within this a source ends that is closed, and an acknowledgement returns. */
    final Duration soon() {
        return at().patience().compareTo(SOON) < 0 ? at().patience() : SOON;
    }

    // ---- Sources

    /** Closed when the test ends. */
    final ChangeSource kept(ChangeSource source) {
        sources.add(source);
        return source;
    }

    final ChangeSource source() {
        return kept(at().source());
    }

    /** A new source that runs from here; everything is acknowledged at once. */
    final SourceRun<ChangeSource> run(@Nullable StartPoint start) {
        return running(source(), start, true);
    }

    /** A new source that runs from here; nothing is acknowledged. */
    final SourceRun<ChangeSource> runUnacknowledged(@Nullable StartPoint start) {
        return running(source(), start, false);
    }

    /** This source runs from here, and has opened its stream. */
    final SourceRun<ChangeSource> running(ChangeSource source, @Nullable StartPoint start, boolean acknowledging) {
        SourceRun<ChangeSource> running = starting(source, start, acknowledging);
        running.sink().await(event -> event.is("opened") || event.is("reset"), at().patience());
        return running;
    }

    /** This source runs from here, or tries to. */
    final SourceRun<ChangeSource> starting(ChangeSource source, @Nullable StartPoint start, boolean acknowledging) {
        SourceRun<ChangeSource> running = SourceRun.starting(source, start, acknowledging);
        runs.add(running);
        return running;
    }

    // ---- Writing

    final void commit(Write... writes) throws Exception {
        at().commit(List.of(writes));
    }

    /** Transactions with all that the origin can do, one after the other; the last is an insert of row 9. */
    final List<List<Write>> everything() {
        List<List<Write>> all = new ArrayList<>();
        all.add(List.of(Write.insert(1, "one")));
        if (can(Capability.TRANSACTIONS)) {
            all.add(List.of(Write.insert(2, "two"), Write.insert(3, "three"), Write.insert(4, "four")));
        } else {
            all.add(List.of(Write.insert(2, "two")));
            all.add(List.of(Write.insert(3, "grün 漢字 \"quoted\" \\ 😀")));
        }
        if (can(Capability.UPDATES)) {
            all.add(List.of(Write.update(1, "uno")));
        }
        if (can(Capability.KEY_CHANGES)) {
            all.add(List.of(Write.move(2, 20, "twenty")));
        }
        if (can(Capability.DELETES)) {
            all.add(List.of(Write.delete(3)));
        }
        if (can(Capability.TRUNCATES)) {
            all.add(List.of(Write.truncate()));
        }
        if (can(Capability.MESSAGES)) {
            all.add(List.of(Write.message("{\"type\":\"hello\"}")));
        }
        all.add(List.of(Write.insert(9, "nine")));
        return all;
    }

    final void commitEverything() throws Exception {
        for (List<Write> transaction : everything()) {
            at().commit(transaction);
        }
    }

    // ---- Reading

    final @Nullable Item after(Event event) {
        return event.afterRow() == null || event.relation() == null || isMessage(event)
                ? null
                : at().read(event.relation(), event.afterRow());
    }

    final @Nullable Item before(Event event) {
        return event.beforeRow() == null || event.relation() == null
                ? null
                : at().read(event.relation(), event.beforeRow());
    }

    static boolean isMessage(Event event) {
        return event.relation() != null && SourceMessage.isRelation(event.relation());
    }

    final boolean writes(Event event, long key) {
        Item after = after(event);
        return after != null && after.key() == key;
    }

    /** Waits until the row with this key was given, and its transaction is complete. */
    final Event awaitRow(SourceRun<ChangeSource> running, long key) {
        Event row = running.sink().await(event -> event.isChange() && writes(event, key), at().patience());
        Position position = Objects.requireNonNull(row.position());
        running.sink()
                .await(
                        event -> event.is("commit")
                                && !Objects.requireNonNull(event.position()).isBefore(position),
                        at().patience());
        return row;
    }

    /** The keys of the rows that were given as new, in order. */
    final List<Long> keys(SourceRun<ChangeSource> running) {
        return keys(running.sink().changes());
    }

    final List<Long> keys(List<Event> changes) {
        List<Long> keys = new ArrayList<>();
        for (Event event : changes) {
            Item after = after(event);
            if (after != null) {
                keys.add(after.key());
            }
        }
        return keys;
    }

    /** A change as text to compare, in the words of {@link Write}. */
    final String told(Event event) {
        if (isMessage(event)) {
            return "message " + Objects.requireNonNull(event.afterRow()).text(0);
        }
        Item after = after(event);
        Item before = before(event);
        if (after == null) {
            return event.kind() + (before == null ? "" : " " + before.key());
        }
        return event.kind() + " " + after.key() + " " + after.text();
    }

    /** The changes that a log which ends here would take. */
    static List<Event> changesBehind(SourceRun<ChangeSource> running, Position end) {
        return running.sink().changes().stream()
                .filter(event -> Objects.requireNonNull(event.position()).isAfter(end))
                .toList();
    }

    /** The ends of the transactions that were given. */
    static List<Checkpoint> commits(SourceRun<ChangeSource> running) {
        return running.sink().events().stream()
                .filter(event -> event.is("commit"))
                .map(event -> Objects.requireNonNull(event.checkpoint()))
                .toList();
    }

    /** Waits until an event is there that tells how the stream began. */
    static Event opening(SourceRun<ChangeSource> running) {
        return running.sink().events().get(0).is("waiting")
                ? running.sink().await(event -> event.is("opened") || event.is("reset"))
                : running.sink().events().get(0);
    }
}
