package dev.changecast.source.postgres;

import java.util.List;

/** The settings that the text of values depends on: the same in the stream and in snapshots. */
final class SessionSettings {
    static final List<String> OUTPUT = List.of(
            "DateStyle = 'ISO, YMD'",
            "IntervalStyle = 'iso_8601'",
            "TimeZone = 'UTC'",
            "bytea_output = 'hex'",
            "extra_float_digits = 1",
            "lc_monetary = 'C'");

    static final List<String> ALL = List.of(OUTPUT, List.of("statement_timeout = 0", "lock_timeout = 0")).stream()
            .flatMap(List::stream)
            .toList();

    private SessionSettings() {}
}
