package dev.changecast.core.session;

import dev.changecast.core.Statistics.TransportFigures;
import dev.changecast.core.statistics.Histogram;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of one transport by all threads together; what was sent each dispatcher counts for itself. */
final class TransportCounters {
    private final LongAdder opened = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final LongAdder messages = new LongAdder();
    private final LongAdder characters = new LongAdder();
    private final Histogram stays = Histogram.ofStays();

    void opened() {
        opened.increment();
    }

    void ended(long afterMillis) {
        ended.increment();
        stays.add(TimeUnit.MILLISECONDS.toNanos(afterMillis));
    }

    void received(int length) {
        messages.increment();
        characters.add(length);
    }

    long endedSoFar() {
        return ended.sum();
    }

    TransportFigures present(String name, List<SentCounters> sent) {
        // In this order, or there could be fewer than none.
        long gone = ended.sum();
        long come = opened.sum();
        return new TransportFigures(
                name,
                (int) (come - gone),
                come,
                sent.stream().mapToLong(each -> each.messages.get()).sum(),
                sent.stream().mapToLong(each -> each.bytes.get()).sum(),
                messages.sum(),
                characters.sum(),
                stays.present());
    }
}
