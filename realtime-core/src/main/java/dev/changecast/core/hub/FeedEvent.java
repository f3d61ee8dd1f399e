package dev.changecast.core.hub;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.protocol.Offset;
import dev.changecast.core.publish.Publication;
import dev.changecast.core.view.ChangeEncoder;
import dev.changecast.core.view.PushedChange;
import dev.changecast.core.view.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the hub of a feed tells every receiver, in the order of the log. */
public sealed interface FeedEvent {
    /**
     * The feed begins, or begins again because its history cannot be continued.
     *
     * @param reason null when the feed begins for the first time
     */
    record Began(@Nullable ResetReason reason, String epoch, Position at) implements FeedEvent {}

    /** From here on the changes of this view are in the slices; {@code subject} is who asked for it. */
    record Activated(View view, Object subject) implements FeedEvent {}

    /**
     * The view no longer fits its relation, which has changed its shape or is gone.
     *
     * @param forAll whether that holds for everybody; otherwise a change came in another shape, which those who are still
     *     preparing will meet by themselves, or have in their snapshot and skip
     */
    record Broken(View view, boolean forAll) implements FeedEvent {}

    /** The fence of a snapshot came by. */
    record Fence(String id, Position position) implements FeedEvent {}

    /**
     * A published message, whole.
     *
     * @param end where it ends; for one that is not logged where the one before it did
     * @param readAt when it was read from the log, or taken where it is not logged
     */
    record Published(Publication publication, Position end, Instant readAt) implements FeedEvent {}

    /**
     * What routes push of the transaction, or the part of it, that the slice behind this one is of: who gets something
     * of both reads both again, or neither.
     */
    record Pushed(List<PushedChange> changes) implements FeedEvent {}

    /** Everything up to here has been told. */
    record Progress(Position position, boolean betweenTransactions) implements FeedEvent {}

    /**
     * One change in one view, shared by all who follow the view. Its messages are made by whoever wants them first, and
     * not at all where everybody reads the log by himself.
     */
    final class Emission {
        private final View view;
        private final Position position;
        private final int count;
        private @Nullable Supplier<List<Payload>> encoding;
        private volatile @Nullable List<Payload> messages;
        private volatile @Nullable List<Payload> uncommitted;

        /**
         * @param count how many messages the change has
         * @param encoding makes them; called once, by any thread
         */
        Emission(View view, Position position, int count, Supplier<List<Payload>> encoding) {
            this.view = view;
            this.position = position;
            this.count = count;
            this.encoding = encoding;
        }

        public View view() {
            return view;
        }

        public Position position() {
            return position;
        }

        /** How many messages the change has. */
        public int count() {
            return count;
        }

        /** The messages; the last carries the commit mark when the change is its transaction's only one. */
        public List<Payload> messages() {
            List<Payload> present = messages;
            return present == null ? encoded() : present;
        }

        private synchronized List<Payload> encoded() {
            List<Payload> present = messages;
            if (present == null) {
                present = Objects.requireNonNull(encoding).get();
                messages = present;
                encoding = null;
            }
            return present;
        }

        /** The messages without the commit mark, for a session that gets the same change through another view too. */
        public List<Payload> messagesWithoutCommit() {
            List<Payload> present = uncommitted;
            if (present == null) {
                present = new ArrayList<>(messages());
                present.set(present.size() - 1, ChangeEncoder.withoutCommit(present.get(present.size() - 1)));
                uncommitted = present;
            }
            return present;
        }
    }

    /** The matches of one transaction, or of one part of a large one. */
    final class Slice implements FeedEvent {
        private final List<Emission> emissions;
        private final boolean single;
        private final boolean last;
        private final Position end;
        private final String source;
        private final String epoch;
        private final @Nullable String tx;
        private final Instant committedAt;
        private final Instant readAt;
        private volatile @Nullable Payload commitMark;

        Slice(
                List<Emission> emissions,
                boolean single,
                boolean last,
                Position end,
                String source,
                String epoch,
                @Nullable String tx,
                Instant committedAt,
                Instant readAt) {
            this.emissions = emissions;
            this.single = single;
            this.last = last;
            this.end = end;
            this.source = source;
            this.epoch = epoch;
            this.tx = tx;
            this.committedAt = committedAt;
            this.readAt = readAt;
        }

        public List<Emission> emissions() {
            return emissions;
        }

        /** Whether the transaction has no other change, so that its message carries the commit mark. */
        public boolean single() {
            return single;
        }

        /** Whether the transaction ends here. */
        public boolean last() {
            return last;
        }

        public Position end() {
            return end;
        }

        /** The transaction's name in its database. */
        public @Nullable String tx() {
            return tx;
        }

        /** When the transaction was committed, by the clock of its database. */
        public Instant committedAt() {
            return committedAt;
        }

        /** When it was read from the log. */
        public Instant readAt() {
            return readAt;
        }

        /** The message that ends the transaction. */
        public Payload commitMark() {
            Payload present = commitMark;
            if (present == null) {
                present = Messages.commit(source, tx, new Offset(epoch, end).toString());
                commitMark = present;
            }
            return present;
        }
    }
}
