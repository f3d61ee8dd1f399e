package dev.changecast.testing;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.source.StartPoint;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Sources that behave wrongly. */
final class FlawedSource {
    private FlawedSource() {}

    static ChangeSource claimsMessages(ChangeSource source) {
        return new Delegates.Source(source) {
            @Override
            public boolean carriesMessages() {
                return true;
            }
        };
    }

    static ChangeSource namesNoRelations(ChangeSource source) {
        return new Delegates.Source(source) {
            @Override
            public List<Relation> relations() {
                return List.of();
            }
        };
    }

    static ChangeSource cannotBeClosed(ChangeSource source) {
        return new Delegates.Source(source) {
            @Override
            public void close() {}
        };
    }

    static ChangeSource runsAfterItsEnd(ChangeSource source, Function<Object, ChangeSource> another) {
        return new Delegates.Source(source) {
            @Override
            public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
                another.apply(source).run(start, sink);
            }
        };
    }

    static ChangeSource mustHaveRunToBeClosed(ChangeSource source) {
        return new Delegates.Source(source) {
            private boolean ran;

            @Override
            public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
                ran = true;
                real.run(start, sink);
            }

            @Override
            public void close() {
                if (!ran) {
                    throw new IllegalStateException("there is nothing to close");
                }
                real.close();
            }
        };
    }

    /** @param name the thread's name; null for none of its own */
    static ChangeSource startsAThread(ChangeSource source, @Nullable String name, CountDownLatch until) {
        return new Delegates.Source(source) {
            @Override
            public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
                Thread thread = new Thread(() -> {
                    try {
                        until.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                if (name != null) {
                    thread.setName(name);
                }
                thread.setDaemon(true);
                thread.start();
                real.run(start, sink);
            }
        };
    }

    static ChangeSource returnsWhereItShouldFail(ChangeSource source) {
        return new Delegates.Source(source) {
            @Override
            public void run(@Nullable StartPoint start, ChangeSink sink) {
                try {
                    real.run(start, sink);
                } catch (Exception e) {
                    // Nobody is told.
                }
            }
        };
    }

    static ChangeSource failsWithoutAWord(ChangeSource source) {
        return new Delegates.Source(source) {
            @Override
            public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
                throw new IOException();
            }
        };
    }

    static ChangeSource checks(ChangeSource source, Function<ChangeSource, CheckResult> check) {
        return new Delegates.Source(source) {
            @Override
            public CheckResult check() {
                return check.apply(real);
            }
        };
    }

    static ChangeSource showsItsSecret(ChangeSource source) {
        return new Delegates.Source(source) {
            @Override
            public String toString() {
                return "a source with " + InMemoryOrigin.SECRET;
            }
        };
    }

    static ChangeSource locksWhenAcknowledged(ChangeSource source) {
        Object lock = new Object();
        return new Delegates.Source(source) {
            @Override
            public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
                real.run(start, FlawedSink.holdsALockWhileItGives(sink, lock));
            }

            @Override
            public void acknowledge(Checkpoint durable) {
                synchronized (lock) {
                    real.acknowledge(durable);
                }
            }
        };
    }

    static ChangeSource refusesEarlyAcknowledgements(ChangeSource source) {
        return new Delegates.Source(source) {
            @Override
            public void acknowledge(Checkpoint durable) {
                if (durable.position().equals(Position.ZERO)) {
                    throw new IllegalStateException("nothing was given");
                }
            }
        };
    }

    static ChangeSource startsElsewhere(
            ChangeSource source, Function<@Nullable StartPoint, @Nullable StartPoint> elsewhere) {
        return new Delegates.Source(source) {
            @Override
            public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
                real.run(elsewhere.apply(start), sink);
            }
        };
    }

    static ChangeSource containing(ChangeSource source, boolean everything) {
        return reading(source, real -> new Delegates.Reader(real) {
            @Override
            public Snapshot open(SnapshotQuery query) throws Exception {
                Snapshot snapshot = super.open(query);
                return new Snapshot() {
                    @Override
                    public Relation relation() {
                        return snapshot.relation();
                    }

                    @Override
                    public @Nullable Row next() throws Exception {
                        return snapshot.next();
                    }

                    @Override
                    public boolean contains(@Nullable String tx, Position position) {
                        return everything;
                    }

                    @Override
                    public void close() {
                        snapshot.close();
                    }
                };
            }
        });
    }

    static ChangeSource readingEverything(ChangeSource source) {
        return reading(source, real -> new Delegates.Reader(real) {
            @Override
            public Snapshot open(SnapshotQuery query) throws Exception {
                return super.open(new SnapshotQuery(query.relation(), Filter.ALL, query.orderBy(), 0));
            }
        });
    }

    private static ChangeSource reading(ChangeSource source, Function<SnapshotReader, SnapshotReader> flaw) {
        return new Delegates.Source(source) {
            @Override
            public Optional<SnapshotReader> snapshots() {
                return real.snapshots().map(flaw);
            }
        };
    }
}
