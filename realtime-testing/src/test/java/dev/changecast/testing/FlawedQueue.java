package dev.changecast.testing;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

/** The queue, read by sources that handle confirmations wrongly. */
final class FlawedQueue extends QueueOrigin {
    private final Function<Queue, ChangeSource> flawed;

    private FlawedQueue(boolean recognisesGiven, Function<Queue, ChangeSource> flawed) {
        super(recognisesGiven);
        this.flawed = flawed;
    }

    static Supplier<Origin> confirmingAtOnce() {
        return () -> new FlawedQueue(true, queue -> new QueueSource(queue, true) {
            @Override
            void confirm(Queue from) {
                acknowledge(Checkpoint.at(new Position(Long.MAX_VALUE, 0)));
                super.confirm(from);
            }
        });
    }

    static Supplier<Origin> confirmingNever() {
        return () -> new FlawedQueue(true, queue -> new QueueSource(queue, true) {
            @Override
            void confirm(Queue from) {}
        });
    }

    /** Says that it recognises what was given, and does not. */
    static Supplier<Origin> repeating() {
        return () -> new FlawedQueue(true, queue -> new QueueSource(queue, false));
    }

    static Supplier<Origin> goingByTheClock() {
        return () -> new FlawedQueue(true, queue -> new QueueSource(queue, true) {
            @Override
            long continueAt(Position start) {
                return 0;
            }
        });
    }

    @Override
    ChangeSource source(Queue of) {
        return flawed.apply(of);
    }

    @Override
    public Duration patience() {
        return Duration.ofMillis(1_500);
    }
}
