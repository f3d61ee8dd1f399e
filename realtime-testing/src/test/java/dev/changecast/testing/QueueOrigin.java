package dev.changecast.testing;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Replay;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A queue that redelivers, as an origin. */
class QueueOrigin implements Origin {
    private final Queue queue = new Queue();
    private final boolean recognisesGiven;

    QueueOrigin(boolean recognisesGiven) {
        this.recognisesGiven = recognisesGiven;
    }

    @Override
    public Replay replay() {
        return Replay.REDELIVERY;
    }

    @Override
    public Set<Capability> capabilities() {
        Set<Capability> capabilities = EnumSet.of(Capability.KEEPS_UNREAD);
        if (recognisesGiven) {
            capabilities.add(Capability.RECOGNISES_GIVEN);
        }
        return capabilities;
    }

    ChangeSource source(Queue of) {
        return new QueueSource(of, recognisesGiven);
    }

    @Override
    public ChangeSource source() {
        return source(queue);
    }

    @Override
    public ChangeSource absent() {
        return new QueueSource(null, recognisesGiven);
    }

    @Override
    public String relation() {
        return InMemoryOrigin.ITEMS.qualifiedName();
    }

    @Override
    public void commit(List<Write> writes) {
        for (Write write : writes) {
            if (write.kind() != Write.Kind.INSERT) {
                throw new UnsupportedOperationException("a queue has only new messages");
            }
            queue.add(write);
        }
    }

    @Override
    public int unconfirmed() {
        return queue.unconfirmed();
    }

    @Override
    public void close() {}
}
