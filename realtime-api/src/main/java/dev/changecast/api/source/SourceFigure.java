package dev.changecast.api.source;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * One number that a source tells of itself or of its origin.
 *
 * @param name as Prometheus writes it, beginning with what it is a number of, ending with its unit, with {@code _total} for
 *     what only grows: {@code redis_stream_length}, {@code changecast_postgres_slot_retained_bytes}. The same name always has
 *     the same labels
 * @param description in a sentence, for people
 * @param labels few, with values that the configuration bounds; the source's own name is added by whoever shows them
 */
public record SourceFigure(String name, String description, Map<String, String> labels, double value) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");

    public SourceFigure {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a figure's name is lower-case letters, digits and _, not: " + name);
        }
        labels = Map.copyOf(labels);
    }

    /** One without labels. */
    public SourceFigure(String name, String description, double value) {
        this(name, description, Map.of(), value);
    }

    /** Whether it only grows, but for a restart of what is counted. */
    public boolean isCount() {
        return name.endsWith("_total");
    }
}
