package dev.changecast.bench;

import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import java.nio.charset.StandardCharsets;

/** A row that holds bytes, as that of a real source. */
public final class BytesRow implements Row {
    private final byte[][] values;

    public BytesRow(String... values) {
        this.values = new byte[values.length][];
        for (int i = 0; i < values.length; i++) {
            this.values[i] = values[i].getBytes(StandardCharsets.UTF_8);
        }
    }

    @Override
    public int size() {
        return values.length;
    }

    @Override
    public void write(int column, ValueWriter to) {
        to.text(values[column], 0, values[column].length);
    }
}
