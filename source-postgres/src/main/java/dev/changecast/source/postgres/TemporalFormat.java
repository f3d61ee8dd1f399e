package dev.changecast.source.postgres;

import dev.changecast.api.source.ValueWriter;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Dates and timestamps, from PostgreSQL's ISO style to ISO 8601: {@code T} between date and time, {@code Z} for UTC, a
 * sign before years that have not four digits, and astronomical years before Christ (44 BC is {@code -0043}). {@code
 * infinity} and {@code -infinity} stay words.
 */
enum TemporalFormat implements ValueFormat {
    DATE,
    TIMESTAMP,
    /** The session's time zone has to be UTC. */
    TIMESTAMP_TZ;

    private static final Pattern DATABASE =
            Pattern.compile("(\\d{4,})(-\\d\\d-\\d\\d)(?: (\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?))?(\\+00)?( BC)?");
    private static final Pattern WIRE =
            Pattern.compile("([+-]?)(\\d{4,})(-\\d\\d-\\d\\d)(?:[T ](\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d+)?)?))?(Z?)");

    @Override
    public void write(byte[] text, int offset, int length, ValueWriter to) {
        if (length < 10 || text[offset + 4] != '-' || text[offset + length - 1] == 'C') {
            to.text(unusual(new String(text, offset, length, StandardCharsets.UTF_8)));
        } else if (this == DATE) {
            to.text(text, offset, length);
        } else {
            int end = this == TIMESTAMP_TZ ? length - "+00".length() : length;
            byte[] iso = new byte[this == TIMESTAMP_TZ ? end + 1 : end];
            System.arraycopy(text, offset, iso, 0, end);
            iso[10] = 'T';
            if (this == TIMESTAMP_TZ) {
                iso[end] = 'Z';
            }
            to.text(iso, 0, iso.length);
        }
    }

    private static String unusual(String text) {
        Matcher matcher = DATABASE.matcher(text);
        if (!matcher.matches()) {
            return text; // infinity
        }
        String year = matcher.group(1);
        if (matcher.group(5) != null) {
            int astronomical = Integer.parseInt(year) - 1;
            year = (astronomical == 0 ? "" : "-") + "%04d".formatted(astronomical);
        } else if (year.length() > 4) {
            year = "+" + year;
        }
        String time = matcher.group(3) == null ? "" : "T" + matcher.group(3);
        return year + matcher.group(2) + time + (matcher.group(4) == null ? "" : "Z");
    }

    /** What the database reads for a value in the form that {@link #write} gives; other text comes back as it is. */
    static String toDatabase(String wire) {
        Matcher matcher = WIRE.matcher(wire);
        if (!matcher.matches()) {
            return wire;
        }
        String year = matcher.group(2);
        boolean beforeChrist = matcher.group(1).equals("-") || Integer.parseInt(year) == 0;
        if (beforeChrist) {
            year = "%04d".formatted(Integer.parseInt(year) + 1);
        }
        String time = matcher.group(4) == null ? "" : " " + matcher.group(4);
        return year + matcher.group(3) + time + (matcher.group(5).isEmpty() ? "" : "+00") + (beforeChrist ? " BC" : "");
    }
}
