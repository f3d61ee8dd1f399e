package dev.changecast.source.postgres;

import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A row from the text of a composite value, {@code (7,"a ""b""",,t)}: its fields are what the types' output functions
 * gave, as in the logical stream. Used again for each change; one thread.
 */
final class RecordRow implements Row {
    private static final int NULL = -1;

    private byte[] bytes = {};
    private int[] offsets = new int[16];
    private int[] lengths = new int[16];
    private @Nullable TriggerShape shape;

    /**
     * Reads a row.
     *
     * @return whether it has the fields of this shape
     */
    boolean read(byte[] text, TriggerShape shape) {
        this.shape = shape;
        int columns = shape.relation().columns().size();
        if (offsets.length < columns) {
            offsets = new int[columns];
            lengths = new int[columns];
        }
        if (bytes.length < text.length) {
            bytes = new byte[Math.max(text.length, 256)];
        }
        Arrays.fill(lengths, 0, columns, NULL);
        int[] places = shape.places();
        int at = 1;
        int to = 0;
        int field = 0;
        int end = text.length - 1;
        if (text.length < 2 || text[0] != '(' || text[end] != ')') {
            return false;
        }
        if (at == end && places.length == 0) {
            return true;
        }
        while (true) {
            if (field == places.length) {
                return false;
            }
            int start = to;
            boolean isNull = at == end || text[at] == ',';
            boolean quoted = false;
            while (at < end && (quoted || text[at] != ',')) {
                byte next = text[at++];
                if (next == '"') {
                    if (quoted && at < end && text[at] == '"') {
                        bytes[to++] = text[at++];
                    } else {
                        quoted = !quoted;
                    }
                } else {
                    bytes[to++] = next == '\\' && at < end ? text[at++] : next;
                }
            }
            int column = places[field++];
            if (column >= 0 && !isNull) {
                offsets[column] = start;
                lengths[column] = to - start;
            }
            if (at == end) {
                return field == places.length;
            }
            at++;
        }
    }

    @Override
    public int size() {
        return shape == null ? 0 : shape.relation().columns().size();
    }

    @Override
    public boolean isNull(int column) {
        return lengths[column] == NULL;
    }

    @Override
    public boolean isAbsent(int column) {
        return false;
    }

    @Override
    public void write(int column, ValueWriter to) {
        if (shape == null || lengths[column] == NULL) {
            to.nil();
        } else {
            shape.formats()[column].write(bytes, offsets[column], lengths[column], to);
        }
    }
}
