package dev.changecast.core.session;

import dev.changecast.core.Statistics.SnapshotFigures;
import dev.changecast.core.statistics.Histogram;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of the reads of present rows. Any thread. */
final class SnapshotCounters {
    private final LongAdder begun = new LongAdder();
    private final LongAdder shared = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder rows = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final Histogram waited = Histogram.ofLatencies();
    private final Histogram took = Histogram.ofLatencies();

    void begun(long waitedNanos) {
        begun.increment();
        waited.add(waitedNanos);
    }

    void shared() {
        shared.increment();
    }

    void failed() {
        failed.increment();
    }

    void page(int rowsInIt, int size) {
        rows.add(rowsInIt);
        bytes.add(size);
    }

    void ended(long nanos) {
        took.add(nanos);
    }

    SnapshotFigures present(int reading, int waiting) {
        return new SnapshotFigures(
                reading,
                waiting,
                begun.sum(),
                shared.sum(),
                failed.sum(),
                rows.sum(),
                bytes.sum(),
                waited.present(),
                took.present());
    }
}
