package dev.changecast.testing;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Ways in which a source gives wrongly what it captured rightly. */
final class FlawedSink {
    private FlawedSink() {}

    static ChangeSink leavesUpdatesOut(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            @Override
            public void change(
                    long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
                if (operation != Operation.UPDATE) {
                    real.change(minor, relation, operation, after, before);
                }
            }
        };
    }

    static ChangeSink givesEachChangeAsATransaction(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            private long major;
            private long last;

            @Override
            public void begin(@Nullable String tx, Position position, Instant committedAt) {
                real.begin(tx, position, committedAt);
                major = position.major();
                last = 0;
            }

            @Override
            public void change(
                    long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
                if (last > 0) {
                    real.commit(Checkpoint.at(new Position(major, last)));
                    real.begin(null, new Position(major, minor - 1), Instant.EPOCH);
                }
                real.change(minor, relation, operation, after, before);
                last = minor;
            }
        };
    }

    static ChangeSink givesTheFiftiethWithoutItsRow(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            private int begun;

            @Override
            public void begin(@Nullable String tx, Position position, Instant committedAt) {
                begun++;
                real.begin(tx, position, committedAt);
            }

            @Override
            public void change(
                    long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
                if (begun != 50) {
                    real.change(minor, relation, operation, after, before);
                }
            }
        };
    }

    static ChangeSink makesARelationForEachChange(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            @Override
            public void change(
                    long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
                Relation copy = new Relation(
                        relation.namespace(),
                        relation.name(),
                        relation.columns(),
                        relation.key(),
                        relation.oldRow(),
                        relation.remedy(),
                        relation.identity());
                real.change(minor, copy, operation, after, before);
            }
        };
    }

    static ChangeSink doesNotWaitForRoom(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            @Override
            public boolean awaitRoom(Duration wait) throws InterruptedException {
                real.awaitRoom(Duration.ofMillis(1));
                return true;
            }
        };
    }

    static ChangeSink losesItsConnectionWithoutRoom(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            private int refused;

            @Override
            public boolean awaitRoom(Duration wait) throws InterruptedException {
                boolean room = real.awaitRoom(wait);
                refused = room ? 0 : refused + 1;
                if (refused == 10) {
                    throw new UncheckedIOException(new IOException("the peer took us for dead"));
                }
                return room;
            }
        };
    }

    static ChangeSink waitsForRoomForEver(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            @Override
            public boolean awaitRoom(Duration wait) throws InterruptedException {
                while (!real.awaitRoom(wait)) {
                    Thread.onSpinWait();
                }
                return true;
            }
        };
    }

    static ChangeSink saysNoProgress(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            @Override
            public void progress(Checkpoint at) {}
        };
    }

    static ChangeSink saysTheSameProgress(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            private @Nullable Checkpoint first;

            @Override
            public void progress(Checkpoint at) {
                first = first == null ? at : first;
                real.progress(first);
            }
        };
    }

    static ChangeSink saysProgressAheadOfItself(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            @Override
            public void progress(Checkpoint at) {
                real.progress(Checkpoint.at(
                        new Position(at.position().major() + 20, at.position().minor())));
            }
        };
    }

    /** @param by what makes this run's positions others than those of the run before */
    static ChangeSink shiftsPositions(ChangeSink sink, int by) {
        return new Delegates.Sink(sink) {
            @Override
            public void begin(@Nullable String tx, Position position, Instant committedAt) {
                real.begin(tx, new Position(position.major() + by % 5, 0), committedAt);
            }
        };
    }

    /** @param given the place of the last change that an earlier run gave, updated */
    static ChangeSink goesOnWithinATransaction(ChangeSink sink, Position[] given) {
        return new Delegates.Sink(sink) {
            private long major;

            @Override
            public void begin(@Nullable String tx, Position position, Instant committedAt) {
                major = position.major();
                real.begin(tx, position, committedAt);
            }

            @Override
            public void change(
                    long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
                Position position = new Position(major, minor);
                if (position.isAfter(given[0])) {
                    real.change(minor, relation, operation, after, before);
                    given[0] = position;
                }
            }
        };
    }

    static ChangeSink opensWhereItShouldReset(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            @Override
            public void reset(ResetReason reason, String epoch, Checkpoint from) {
                real.opened(epoch, from);
            }
        };
    }

    static ChangeSink resetsWithoutAReason(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            @Override
            public void reset(ResetReason reason, String epoch, Checkpoint from) {
                real.reset(ResetReason.RESTARTED, epoch, from);
            }
        };
    }

    static ChangeSink keepsItsEpoch(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            @Override
            public void reset(ResetReason reason, String epoch, Checkpoint from) {
                real.reset(reason, "e1", from);
            }
        };
    }

    /** Gives transactions with the next progress, which fences overtake. */
    static ChangeSink letsFencesOvertake(ChangeSink sink) {
        return new Delegates.Sink(sink) {
            private final List<Runnable> late = new ArrayList<>();

            @Override
            public void begin(@Nullable String tx, Position position, Instant committedAt) {
                late.add(() -> real.begin(tx, position, committedAt));
            }

            @Override
            public void change(
                    long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
                RecordedRow kept = RecordedRow.of(Objects.requireNonNull(after));
                late.add(() -> real.change(minor, relation, operation, kept, before));
            }

            @Override
            public void commit(Checkpoint end) {
                late.add(() -> real.commit(end));
            }

            @Override
            public void progress(Checkpoint at) {
                late.forEach(Runnable::run);
                late.clear();
                real.progress(at);
            }
        };
    }

    static ChangeSink holdsALockWhileItGives(ChangeSink sink, Object lock) {
        return new Delegates.Sink(sink) {
            @Override
            public void change(
                    long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
                synchronized (lock) {
                    real.change(minor, relation, operation, after, before);
                }
            }
        };
    }
}
