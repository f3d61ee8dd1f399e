package dev.changecast.source.redis;

import java.util.concurrent.atomic.LongAdder;

/** What a work queue counts over all its runs. Any thread. */
final class QueueCounts {
    /** Entries that were given although they had been handed out before. */
    final LongAdder retries = new LongAdder();

    /** Entries that were given up and went to the dead letters. */
    final LongAdder deadLetters = new LongAdder();
}
