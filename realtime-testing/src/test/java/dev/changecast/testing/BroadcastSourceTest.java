package dev.changecast.testing;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Replay;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** One that gives nothing again. */
class BroadcastSourceTest extends SourceContract {
    @Override
    protected Origin origin() {
        return new BroadcastOrigin();
    }

    private static final class BroadcastOrigin implements Origin {
        private final List<BlockingQueue<Write>> listeners = new CopyOnWriteArrayList<>();

        @Override
        public Replay replay() {
            return Replay.NONE;
        }

        @Override
        public Set<Capability> capabilities() {
            return Set.of();
        }

        @Override
        public ChangeSource source() {
            return new BroadcastSource(listeners);
        }

        @Override
        public ChangeSource absent() {
            return new BroadcastSource(null);
        }

        @Override
        public String relation() {
            return InMemoryOrigin.ITEMS.qualifiedName();
        }

        @Override
        public void commit(List<Write> writes) {
            for (Write write : writes) {
                if (write.kind() != Write.Kind.INSERT) {
                    throw new UnsupportedOperationException("only news are broadcast");
                }
                listeners.forEach(listener -> listener.add(write));
            }
        }

        @Override
        public void close() {}
    }
}
