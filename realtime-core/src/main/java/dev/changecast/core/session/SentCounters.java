package dev.changecast.core.session;

import dev.changecast.core.statistics.ThreadCount;

/** What one dispatcher has given to the connections of one transport. */
final class SentCounters {
    final ThreadCount messages = new ThreadCount();
    final ThreadCount bytes = new ThreadCount();
}
