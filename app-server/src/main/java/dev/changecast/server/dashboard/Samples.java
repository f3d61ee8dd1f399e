package dev.changecast.server.dashboard;

import java.util.Arrays;
import java.util.List;

/**
 * The last values of some series, all taken at the same times: as many as fit, then the oldest make room. Its memory is that
 * of the full ring from the beginning. Thread-safe.
 */
final class Samples {
    private final List<String> series;
    private final long[] times;
    private final float[] values;

    /** How many were ever added. */
    private long added;

    /**
     * @param series their names
     * @param capacity how many samples are kept
     */
    Samples(List<String> series, int capacity) {
        this.series = List.copyOf(series);
        this.times = new long[capacity];
        this.values = new float[capacity * series.size()];
    }

    /**
     * Adds a sample.
     *
     * @param time in milliseconds, for people: a clock that is set back does no harm
     * @param sample one value for each series; not a number where there is none
     */
    synchronized void add(long time, double[] sample) {
        if (sample.length != series.size()) {
            throw new IllegalArgumentException(
                    "there are " + series.size() + " series, and " + sample.length + " values");
        }
        int place = (int) (added % times.length);
        times[place] = time;
        for (int i = 0; i < sample.length; i++) {
            values[place * sample.length + i] = (float) sample[i];
        }
        added++;
    }

    /** How many were ever added: what {@link #json} goes on from. */
    synchronized long added() {
        return added;
    }

    /** One series, the oldest first, those values left out that are none. */
    synchronized double[] values(String name) {
        int index = series.indexOf(name);
        double[] all = new double[(int) Math.min(added, times.length)];
        int count = 0;
        for (long n = added - all.length; n < added; n++) {
            float value = values[(int) (n % times.length) * series.size() + index];
            if (!Float.isNaN(value)) {
                all[count++] = value;
            }
        }
        return Arrays.copyOf(all, count);
    }

    /**
     * {@code {"next": n, "series": [...], "times": [...], "values": [[...], ...]}}: values by series, null where there is
     * none.
     *
     * @param from the first sample that is told, as an earlier answer's {@code next} has it; 0 for all that there are
     */
    synchronized String json(long from) {
        long first = Math.max(from, Math.max(0, added - times.length));
        // Somebody who has seen more than there is has seen another server.
        first = first > added ? Math.max(0, added - times.length) : first;
        StringBuilder json = new StringBuilder(64 + (int) (added - first) * (series.size() + 2) * 6);
        json.append("{\"next\":").append(added).append(",\"series\":[");
        for (int i = 0; i < series.size(); i++) {
            json.append(i == 0 ? "\"" : ",\"").append(series.get(i)).append('"');
        }
        json.append("],\"times\":[");
        for (long n = first; n < added; n++) {
            json.append(n == first ? "" : ",").append(times[(int) (n % times.length)]);
        }
        json.append("],\"values\":[");
        for (int i = 0; i < series.size(); i++) {
            json.append(i == 0 ? "[" : ",[");
            for (long n = first; n < added; n++) {
                json.append(n == first ? "" : ",");
                append(json, values[(int) (n % times.length) * series.size() + i]);
            }
            json.append(']');
        }
        return json.append("]}").toString();
    }

    private static void append(StringBuilder json, float value) {
        if (Float.isNaN(value) || Float.isInfinite(value)) {
            json.append("null");
        } else if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            json.append((long) value);
        } else {
            json.append(value);
        }
    }
}
