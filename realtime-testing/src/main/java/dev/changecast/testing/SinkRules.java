package dev.changecast.testing;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.SourceMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What {@link dev.changecast.api.source.ChangeSink} asks of who calls it, in one run; collects what is not kept. */
final class SinkRules {
    private static final Pattern EPOCH = Pattern.compile("[A-Za-z0-9_]{1,40}");
    /** "Every few hundred rows". */
    private static final int CHANGES_PER_ROOM = 2_000;

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final List<String> broken = new ArrayList<>();
    private @Nullable Thread thread;
    private @Nullable Position checkpoint;
    private @Nullable Position begun;
    private @Nullable Position last;
    private boolean asked;
    private boolean refused;
    private int sinceAsked;

    synchronized List<String> broken() {
        return List.copyOf(broken);
    }

    private void require(boolean kept, String otherwise) {
        if (!kept && broken.size() < 20) {
            broken.add(otherwise);
        }
    }

    private void called(String what) {
        if (thread == null) {
            thread = Thread.currentThread();
        }
        require(thread == Thread.currentThread(), what + " was called by another thread than the one that is in run()");
    }

    private void calledWhileOpen(String what) {
        called(what);
        require(checkpoint != null, what + " was called before opened() or reset()");
    }

    synchronized void opening(String epoch, Checkpoint from) {
        called("opened() or reset()");
        require(checkpoint == null, "opened() or reset() was called twice in one run");
        require(EPOCH.matcher(epoch).matches(), "an epoch is 1 to 40 letters, digits and _, and not: " + epoch);
        checkpoint = from.position();
    }

    synchronized void askedForRoom(Duration wait, boolean room) {
        called("awaitRoom()");
        require(
                wait.compareTo(LONGEST_WAIT) <= 0,
                "awaitRoom(" + wait + ") holds the source for too long: close() is not noticed meanwhile");
        asked |= room;
        refused = !room;
        sinceAsked = 0;
    }

    synchronized void begin(Position position, @Nullable Instant committedAt) {
        calledWhileOpen("begin()");
        require(begun == null, "transaction " + position + " begins inside transaction " + begun);
        require(!refused, "transaction " + position + " begins though there is no room");
        require(asked, "transaction " + position + " begins without having asked for room");
        require(
                last == null || position.isAfter(last),
                "transaction " + position + " is not above " + last + ", which was given before");
        require(
                checkpoint == null || !position.isBefore(checkpoint),
                "transaction " + position + " is before the checkpoint " + checkpoint);
        require(committedAt != null, "transaction " + position + " has no time");
        begun = position;
        last = position;
    }

    synchronized void change(
            long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
        calledWhileOpen("change()");
        Position transaction = begun;
        if (transaction == null) {
            require(false, "a change of " + relation.qualifiedName() + " is outside a transaction");
            return;
        }
        require(!refused, "a change of transaction " + transaction + " was given though there is no room");
        require(
                ++sinceAsked <= CHANGES_PER_ROOM,
                "more than " + CHANGES_PER_ROOM + " changes were given without asking for room");
        long before2 = last == null || last.equals(transaction) ? 0 : last.minor();
        require(
                minor >= before2 + 2,
                "change " + minor + " of transaction " + transaction + " has to be at least " + (before2 + 2));
        last = new Position(transaction.major(), Math.max(0, minor));
        require(
                checkpoint == null || last.isAfter(checkpoint),
                "change " + last + " is not above the checkpoint " + checkpoint);
        rows(relation, operation, after, before);
    }

    private void rows(Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
        String what = operation.wireName() + " of " + relation.qualifiedName();
        boolean hasAfter = operation == Operation.INSERT || operation == Operation.UPDATE;
        require((after != null) == hasAfter, what + (hasAfter ? " lacks the row" : " has a row after it"));
        boolean mayHaveBefore = operation == Operation.UPDATE || operation == Operation.DELETE;
        require(before == null || mayHaveBefore, what + " has a row before it");
        for (Row row : new @Nullable Row[] {after, before}) {
            require(
                    row == null || row.size() == relation.columns().size(),
                    what + " has a row of " + (row == null ? 0 : row.size()) + " values, but the relation has "
                            + relation.columns().size() + " columns");
        }
        if (!SourceMessage.isRelation(relation) && mayHaveBefore) {
            oldRow(relation, operation, before, what);
        }
    }

    private void oldRow(Relation relation, Operation operation, @Nullable Row before, String what) {
        if (relation.oldRow() == OldRow.NONE) {
            require(before == null, what + " has an old row, though the relation says that it tells none");
            return;
        }
        boolean required = operation == Operation.DELETE || relation.oldRow() == OldRow.FULL;
        require(before != null || !required, what + " lacks the old row that the relation promises");
        if (before != null && before.size() == relation.columns().size()) {
            for (int i = 0; i < before.size(); i++) {
                if (relation.oldRow() == OldRow.FULL || relation.isKey(i)) {
                    require(
                            !before.isAbsent(i),
                            what + " lacks the old value of "
                                    + relation.columns().get(i).name());
                }
            }
        }
    }

    synchronized void commit(Checkpoint end) {
        calledWhileOpen("commit()");
        require(begun != null, "commit to " + end.position() + " outside a transaction");
        require(
                last == null || !end.position().isBefore(last),
                "the checkpoint " + end.position() + " of a commit is before its last change " + last);
        begun = null;
        asked = false;
        reached(end);
    }

    synchronized void progress(Checkpoint at) {
        calledWhileOpen("progress()");
        require(begun == null, "progress to " + at.position() + " inside transaction " + begun);
        reached(at);
    }

    private void reached(Checkpoint at) {
        require(
                checkpoint == null || !at.position().isBefore(checkpoint),
                "the checkpoint " + at.position() + " goes back behind " + checkpoint);
        require(
                last == null || !at.position().isBefore(last),
                "the checkpoint " + at.position() + " is below the change " + last + ", which was given before it");
        checkpoint = at.position();
    }

    synchronized void fence(String id) {
        calledWhileOpen("fence(" + id + ")");
    }

    synchronized void waiting(String what) {
        called("waiting()");
        require(!what.isBlank(), "waiting() has to say what for");
    }
}
