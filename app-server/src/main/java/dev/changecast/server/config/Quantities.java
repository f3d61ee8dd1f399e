package dev.changecast.server.config;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as people write them. */
public final class Quantities {
    public static final String DURATION_FORM = "a number with a unit: 250ms, 30s, 5m, 24h or 7d";
    static final String BYTES_FORM = "a number of bytes, or with a unit: 64KiB, 16MiB or 1GiB";

    private static final Pattern FORM = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");
    private static final Map<String, Duration> DURATIONS = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));
    private static final Map<String, Long> SIZES =
            Map.of("", 1L, "B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30, "TiB", 1L << 40);

    private Quantities() {}

    public static Optional<Duration> duration(String text) {
        Matcher form = FORM.matcher(text.strip());
        Duration unit = form.matches() ? DURATIONS.get(form.group(2)) : null;
        try {
            return Optional.ofNullable(unit).map(one -> one.multipliedBy(Long.parseLong(form.group(1))));
        } catch (ArithmeticException tooLong) {
            return Optional.empty();
        }
    }

    static Optional<Long> bytes(String text) {
        Matcher form = FORM.matcher(text.strip());
        Long unit = form.matches() ? SIZES.get(form.group(2)) : null;
        try {
            return Optional.ofNullable(unit).map(one -> Math.multiplyExact(one, Long.parseLong(form.group(1))));
        } catch (ArithmeticException tooLarge) {
            return Optional.empty();
        }
    }
}
