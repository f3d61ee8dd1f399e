package dev.changecast.source.postgres;

import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.RecordingSink;
import dev.changecast.testing.SourceRun;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A source that runs as under the engine, made from what a test has configured. */
final class RunningSource implements AutoCloseable {
    final PostgresSource source;
    final RecordingSink sink;
    private final SourceRun<PostgresSource> run;

    private RunningSource(SourceRun<PostgresSource> run) {
        this.run = run;
        source = run.source();
        sink = run.sink();
    }

    static RunningSource start(PostgresSourceBuilder builder) {
        return start(builder, null);
    }

    static RunningSource start(PostgresSourceBuilder builder, @Nullable StartPoint start) {
        return new RunningSource(SourceRun.start(builder.build(), start));
    }

    /** Does not wait until the stream is open. */
    static RunningSource starting(PostgresSourceBuilder builder, @Nullable StartPoint start) {
        return new RunningSource(SourceRun.starting(builder.build(), start, true));
    }

    /** Whether what is given is acknowledged at once. */
    RunningSource acknowledging(boolean acknowledging) {
        run.acknowledging(acknowledging);
        return this;
    }

    StartPoint end() {
        return run.end();
    }

    /** The exception that ended the run. */
    Throwable failure(Duration limit) {
        return run.failure(limit);
    }

    boolean hasEnded() {
        return run.hasEnded();
    }

    @Override
    public void close() {
        run.close();
    }
}
