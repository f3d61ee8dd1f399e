package dev.changecast.core.session;

import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.log.Chunk;
import dev.changecast.core.log.LogReader;
import dev.changecast.core.log.PositionEvicted;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.protocol.Offset;
import dev.changecast.core.view.ChangeEncoder;
import dev.changecast.core.view.Outcome;
import dev.changecast.core.view.PushPlans;
import dev.changecast.core.view.PushReader;
import dev.changecast.core.view.PushedChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A part of the log, read for some subscriptions of one session. It is the same path from change to message as the
 * hub's, for few views instead of many.
 *
 * @param epoch the epoch it was asked for in
 * @param after where it starts
 * @param until where it ends at the latest: what the dispatcher has handed out, so that there is nothing between what is
 *     read here and what is pushed
 * @param uncommitted whether the session has already got part of the transaction that the part starts in
 * @param skip transactions that the session already has, by a snapshot; null when there are none
 * @param pushes whose pushed changes are wanted too; null when nobody's are
 */
record LogPart(
        FeedHub hub,
        @Nullable String epoch,
        List<Subscription> subscriptions,
        Position after,
        Position until,
        boolean uncommitted,
        @Nullable Skip skip,
        @Nullable PushReading pushes)
        implements CatchUp {

    /** How much of the log one part takes, so that others get their turn. */
    private static final int PART_BYTES = 256 * 1024;

    /** The same for a client that wants only the latest state: the more it covers, the less it gets. */
    private static final int CONFLATED_PART_BYTES = 4 * 1024 * 1024;

    /** Tells which transactions a snapshot has. */
    @FunctionalInterface
    interface Skip {
        boolean skips(@Nullable String tx, Position position);
    }

    /**
     * A message, whose subscription it is of (null for a commit mark and what is pushed), and of which transaction.
     *
     * @param whenReceived run by the dispatcher when the client has got the message; null where nobody waits for that
     */
    record Addressed(
            @Nullable Subscription subscription,
            Payload payload,
            @Nullable String tx,
            @Nullable Runnable whenReceived) {
        Addressed(@Nullable Subscription subscription, Payload payload, @Nullable String tx) {
            this(subscription, payload, tx, null);
        }
    }

    /**
     * What was read.
     *
     * @param position up to where
     * @param committed the end of the last whole transaction; null when there was none
     * @param uncommitted whether a commit mark is owed
     * @param evicted why the part cannot be read; null when it could
     * @param broken subscriptions that do not fit a relation's new shape
     * @param begunAnew whether the log has begun another epoch: the hub will tell, and until then there is nothing to do
     */
    record Result(
            List<Addressed> messages,
            Position position,
            @Nullable Position committed,
            boolean uncommitted,
            @Nullable String evicted,
            List<Subscription> broken,
            boolean begunAnew) {}

    @Override
    public Result read() {
        return new Reading(this).read();
    }

    /** One reading, from the first chunk to the last. */
    private static final class Reading {
        private final LogPart part;
        private final Followed followed;
        private final List<Addressed> messages = new ArrayList<>();
        private final List<Subscription> broken = new ArrayList<>();
        private final Map<Subscription, Conflation> conflated = new HashMap<>();
        private final int limit;
        private final @Nullable PushPlans plans;
        private final @Nullable PushReader reader;
        private boolean uncommitted;
        private @Nullable Position committed;
        private @Nullable String lastTx;
        private boolean insideTransaction;

        Reading(LogPart part) {
            this.part = part;
            this.followed = new Followed(part.subscriptions);
            this.limit =
                    part.subscriptions.stream().anyMatch(Subscription::conflates) ? CONFLATED_PART_BYTES : PART_BYTES;
            this.uncommitted = part.uncommitted;
            this.plans = part.pushes == null ? null : part.hub.pushPlans();
            this.reader = part.pushes == null ? null : new PushReader(part.pushes.identity());
        }

        Result read() {
            Position reached = part.after;
            try {
                LogReader reader = part.hub.log().reader(part.after);
                if (uncommitted) {
                    reader.insideTransaction();
                }
                int bytes = 0;
                while (bytes < limit) {
                    Chunk chunk = reader.next(this::isWanted);
                    Position end = chunk == null ? reader.position() : chunk.end();
                    if (end.isAfter(part.until)) {
                        // What was skipped on the way holds nothing for these subscriptions.
                        reached = part.until;
                        break;
                    }
                    reached = end;
                    if (chunk == null) {
                        break;
                    }
                    bytes += chunk.bytes();
                    if (chunk.kind() == Chunk.Kind.CHANGES) {
                        changes(chunk);
                    }
                    if (chunk.last()) {
                        committed = end;
                    }
                }
            } catch (PositionEvicted e) {
                return result(reached, e.getMessage());
            }
            addConflated();
            return result(reached, null);
        }

        /**
         * The latest states go out before what is not conflated, so that every offset that the client is given covers
         * them. They belong to no one transaction; the next commit mark, or one of their own, makes them whole.
         */
        private void addConflated() {
            List<Addressed> states = new ArrayList<>();
            long changes = 0;
            for (Map.Entry<Subscription, Conflation> each : conflated.entrySet()) {
                changes += each.getValue().changes();
                each.getValue()
                        .messages()
                        .forEach(message -> states.add(new Addressed(each.getKey(), message, lastTx)));
            }
            part.hub.counters().conflated(Math.max(0, changes - states.size()));
            if (states.isEmpty()) {
                return;
            }
            boolean marked = messages.stream()
                    .anyMatch(message -> message.subscription == null || ChangeEncoder.hasCommit(message.payload));
            messages.addAll(0, states);
            if (insideTransaction || committed == null) {
                uncommitted = true;
            } else if (!marked) {
                messages.add(mark(lastTx, committed));
            }
        }

        private Addressed mark(@Nullable String tx, Position end) {
            String offset = new Offset(part.hub.log().epoch(), end).toString();
            return new Addressed(null, Messages.commit(part.hub.source(), tx, offset), tx);
        }

        private Result result(Position reached, @Nullable String evicted) {
            boolean begunAnew = !part.hub.log().epoch().equals(part.epoch);
            return begunAnew
                    ? new Result(List.of(), part.after, null, part.uncommitted, null, List.of(), true)
                    : new Result(messages, reached, committed, uncommitted, evicted, broken, false);
        }

        private boolean isWanted(Relation relation) {
            if (uncommitted) {
                // The end of the transaction is wanted, whatever it ends with.
                return true;
            }
            return followed.follows(relation) || plans != null && plans.push(relation);
        }

        private void changes(Chunk chunk) {
            if (part.skip != null && part.skip.skips(chunk.tx(), new Position(chunk.major(), 0))) {
                return;
            }
            lastTx = chunk.tx();
            insideTransaction = !chunk.last();
            boolean single = chunk.first() && chunk.last() && chunk.changes() == 1;
            int before = messages.size();
            boolean[] pushed = new boolean[1];
            Subscription[] first = new Subscription[1];
            boolean[] several = new boolean[1];
            ChangeEncoder.Transaction transaction = new ChangeEncoder.Transaction(
                    part.hub.source(), Objects.requireNonNull(part.epoch), chunk.tx(), chunk.committedAt());
            chunk.forEach((minor, relation, operation, after, old) -> {
                if (!new Position(chunk.major(), minor).isAfter(part.after)) {
                    return;
                }
                pushed[0] |= push(transaction, chunk, minor, relation, operation, after, old);
                for (Subscription misfit : followed.misfits(relation)) {
                    if (!broken.contains(misfit)) {
                        broken.add(misfit);
                    }
                }
                for (Subscription subscription : followed.candidates(relation, operation, after, old)) {
                    if (change(subscription, transaction, chunk, minor, relation, operation, after, old, single)) {
                        several[0] |= first[0] != null && first[0] != subscription;
                        first[0] = subscription;
                    }
                }
            });
            if (single && (several[0] || pushed[0])) {
                for (int i = before; i < messages.size(); i++) {
                    Addressed message = messages.get(i);
                    if (message.subscription != null) {
                        messages.set(i, new Addressed(message.subscription, withoutMark(message.payload), message.tx));
                    }
                }
            }
            uncommitted |= messages.size() > before && (!single || several[0] || pushed[0]);
            if (chunk.last() && uncommitted) {
                messages.add(mark(chunk.tx(), chunk.end()));
                uncommitted = false;
            }
        }

        private boolean push(
                ChangeEncoder.Transaction transaction,
                Chunk chunk,
                long minor,
                Relation relation,
                Operation operation,
                @Nullable Row after,
                @Nullable Row old) {
            if (plans == null || reader == null || part.pushes == null) {
                return false;
            }
            PushedChange change = plans.pushed(relation, operation, after, old, transaction, chunk.major(), minor);
            int own = change == null ? -1 : change.firstOf(part.pushes.addresses());
            if (change == null
                    || own < 0
                    || part.pushes.isCovered(change)
                    || !change.position().isAfter(part.after)
                    || !change.isFor(reader)) {
                return false;
            }
            messages.add(new Addressed(null, change.payload(own), chunk.tx()));
            return true;
        }

        private boolean change(
                Subscription subscription,
                ChangeEncoder.Transaction transaction,
                Chunk chunk,
                long minor,
                Relation relation,
                Operation operation,
                @Nullable Row after,
                @Nullable Row old,
                boolean single) {
            ChangeEncoder encoder = subscription.encoder(relation);
            Outcome outcome = encoder.binding().outcome(operation, after, old);
            if (subscription.conflates()) {
                conflated
                        .computeIfAbsent(subscription, key -> new Conflation())
                        .add(outcome, after, old, encoder, transaction, new Position(chunk.major(), minor));
                return false;
            }
            List<Payload> encoded = encoder.encode(outcome, after, old, transaction, chunk.major(), minor, single);
            for (int i = 0; i < encoded.size(); i++) {
                messages.add(new Addressed(subscription, encoded.get(i), chunk.tx()));
            }
            return !encoded.isEmpty();
        }

        private static Payload withoutMark(Payload message) {
            return ChangeEncoder.hasCommit(message) ? ChangeEncoder.withoutCommit(message) : message;
        }
    }
}
