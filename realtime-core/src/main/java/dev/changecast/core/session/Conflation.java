package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.view.ChangeEncoder;
import dev.changecast.core.view.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the latest state of each key of one subscription, over a part of the log that its client is behind by: an insert
 * that was updated is an insert, one that was deleted is nothing, and a delete followed by an insert is an update.
 */
final class Conflation {
    /** The last that is known of one key. */
    private record Entry(
            Outcome outcome,
            @Nullable Row after,
            @Nullable Row before,
            ChangeEncoder encoder,
            ChangeEncoder.Transaction transaction,
            Position position) {

        private List<Payload> encode() {
            return encoder.encode(outcome, after, before, transaction, position.major(), position.minor(), false);
        }
    }

    private final Map<List<@Nullable String>, Entry> entries = new HashMap<>();
    private @Nullable Entry truncate;
    private long changes;

    boolean isEmpty() {
        return entries.isEmpty() && truncate == null;
    }

    void add(
            Outcome outcome,
            @Nullable Row after,
            @Nullable Row before,
            ChangeEncoder encoder,
            ChangeEncoder.Transaction transaction,
            Position position) {
        changes += outcome == Outcome.NONE ? 0 : 1;
        switch (outcome) {
            case NONE -> {}
            case TRUNCATE -> {
                entries.clear();
                truncate = new Entry(outcome, null, null, encoder, transaction, position);
            }
            case KEY_CHANGE -> {
                // A message takes the place after its change's, and the first half of a key change the change's own.
                Position first = new Position(position.major(), position.minor() - 1);
                put(new Entry(Outcome.DELETE, null, before, encoder, transaction, first));
                put(new Entry(Outcome.INSERT, after, null, encoder, transaction, position));
            }
            // A row that left the view may have left with another key: what the client has is the old one.
            case DELETE -> put(new Entry(outcome, null, before, encoder, transaction, position));
            default -> put(new Entry(outcome, after, before, encoder, transaction, position));
        }
    }

    private void put(Entry next) {
        Relation relation = next.encoder.binding().relation();
        Row row = Objects.requireNonNull(next.after != null ? next.after : next.before);
        List<@Nullable String> key = new ArrayList<>(relation.key().size());
        for (int column : relation.key()) {
            key.add(row.text(column));
        }
        Entry past = entries.get(key);
        Outcome outcome = past == null ? next.outcome : together(past.outcome, next.outcome);
        if (outcome == Outcome.NONE) {
            entries.remove(key);
            return;
        }
        Row after = next.after == null || past == null || past.after == null
                ? next.after
                : Filled.of(next.after, past.after);
        // An update over several tells the row as the client has it, not as it was in between.
        Row before =
                past != null && past.outcome == Outcome.UPDATE && outcome == Outcome.UPDATE ? past.before : next.before;
        entries.put(key, new Entry(outcome, after, before, next.encoder, next.transaction, next.position));
    }

    /** What two changes of one key are together. */
    private static Outcome together(Outcome past, Outcome next) {
        return switch (past) {
            case INSERT -> next == Outcome.DELETE ? Outcome.NONE : Outcome.INSERT;
            case DELETE -> next == Outcome.DELETE ? Outcome.DELETE : Outcome.UPDATE;
            default -> next == Outcome.DELETE ? Outcome.DELETE : Outcome.UPDATE;
        };
    }

    /** How many changes there were. */
    long changes() {
        return changes;
    }

    /** The messages, in the order in which the keys last changed. */
    List<Payload> messages() {
        List<Payload> messages = new ArrayList<>();
        if (truncate != null) {
            messages.addAll(truncate.encode());
        }
        entries.values().stream()
                .sorted(Comparator.comparing(Entry::position))
                .forEach(entry -> messages.addAll(entry.encode()));
        return messages;
    }

    /** A row whose absent values are those of the row before it. */
    private static final class Filled implements Row {
        private final Row[] sources;

        private Filled(Row[] sources) {
            this.sources = sources;
        }

        static Row of(Row row, Row past) {
            if (row.size() != past.size()) {
                return row;
            }
            Row[] sources = new Row[row.size()];
            boolean filled = false;
            for (int i = 0; i < sources.length; i++) {
                boolean absent = row.isAbsent(i);
                filled |= absent;
                sources[i] = !absent ? row : past instanceof Filled before ? before.sources[i] : past;
            }
            return filled ? new Filled(sources) : row;
        }

        @Override
        public int size() {
            return sources.length;
        }

        @Override
        public void write(int column, ValueWriter to) {
            sources[column].write(column, to);
        }
    }
}
