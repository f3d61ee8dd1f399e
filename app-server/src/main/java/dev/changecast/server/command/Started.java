package dev.changecast.server.command;

import java.lang.management.ManagementFactory;
import java.time.Duration;

/** When a command began, for telling how long its start took: from the start of the JVM, which the person waits for too. */
record Started(long jvmStartMillis) {
    static Started now() {
        return new Started(ManagementFactory.getRuntimeMXBean().getStartTime());
    }

    Duration elapsed() {
        return Duration.ofMillis(System.currentTimeMillis() - jvmStartMillis);
    }
}
