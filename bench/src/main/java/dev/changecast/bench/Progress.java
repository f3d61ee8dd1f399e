package dev.changecast.bench;

import java.util.Locale;

/** Tells on standard error what is going on; the figures go to standard output. */
final class Progress {
    private static final long BEGAN = System.nanoTime();

    private Progress() {}

    static void say(String format, Object... arguments) {
        System.err.printf(
                Locale.ROOT,
                "%6.1f s  %s%n",
                (System.nanoTime() - BEGAN) / 1e9,
                String.format(Locale.ROOT, format, arguments));
    }
}
