package dev.changecast.api.setting;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be configured.
 *
 * @param name in snake_case, as it stands in the configuration file
 * @param fallback the value when none is given, as it would be written in the file; null when there is none
 * @param choices the values allowed; empty when any is
 * @param description one sentence for the configuration reference, with unit and bounds
 */
public record Setting(
        String name, Type type, boolean required, @Nullable String fallback, List<String> choices, String description) {

    /** The form of a value. */
    public enum Type {
        TEXT,
        /** Text that is shown nowhere. */
        SECRET,
        NUMBER,
        FLAG,
        /** {@code 250ms}, {@code 30s}, {@code 5m}, {@code 24h}, {@code 7d}. */
        DURATION,
        /** {@code 512}, {@code 64KiB}, {@code 16MiB}, {@code 1GiB}. */
        BYTES,
        /** A list of texts. */
        TEXTS,
        /** A list of texts that are shown nowhere. */
        SECRETS
    }

    public Setting {
        choices = List.copyOf(choices);
    }

    public static Setting required(String name, Type type, String description) {
        return new Setting(name, type, true, null, List.of(), description);
    }

    public static Setting optional(String name, Type type, @Nullable String fallback, String description) {
        return new Setting(name, type, false, fallback, List.of(), description);
    }

    /** One of a few words, with the one that holds when none is given. */
    public static Setting choice(String name, String fallback, List<String> choices, String description) {
        return new Setting(name, Type.TEXT, false, fallback, choices, description);
    }
}
