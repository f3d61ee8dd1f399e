package dev.changecast.server.config;

import dev.changecast.api.setting.SettingValues;
import java.time.Duration;

/** Checks what a setting's type alone cannot. A value that is out of bounds is an error and is replaced to go on reading. */
final class Bounds {
    private Bounds() {}

    static long number(
            Entry.Section section, SettingValues values, String name, long least, long most, Findings findings) {
        long value = values.number(name);
        if (value >= least && value <= most) {
            return value;
        }
        String bounds = most == Long.MAX_VALUE ? least + " or more" : least + " to " + most;
        findings.error(section.placeOf(name), section.pathOf(name), value + " is out of bounds: it can be " + bounds);
        return least;
    }

    static Duration duration(Entry.Section section, SettingValues values, String name, Findings findings) {
        Duration value = values.duration(name);
        if (value.isZero()) {
            findings.error(section.placeOf(name), section.pathOf(name), "it must be longer than nothing");
            return Duration.ofSeconds(1);
        }
        return value;
    }

    /** A time that may be none at all. */
    static Duration most(Entry.Section section, SettingValues values, String name, Duration most, Findings findings) {
        Duration value = values.duration(name);
        if (value.compareTo(most) > 0) {
            findings.error(
                    section.placeOf(name),
                    section.pathOf(name),
                    value.toSeconds() + "s is out of bounds: it can be up to " + most.toMinutes() + "m");
            return most;
        }
        return value;
    }
}
