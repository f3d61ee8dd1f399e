package dev.changecast.core.filter;

import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The keys of one row's values, each made when it is first asked for. Used again for the next row; by one thread. */
final class RowKeys implements ValueWriter {
    /** What is known of a value. */
    enum State {
        UNREAD,
        NULL,
        ABSENT,
        /** No value of the column's type. */
        UNFIT,
        KEY
    }

    private static final int KEPT_BYTES = 64 * 1024;

    private KeyEncoder[] encoders = {};
    private State[] states = {};
    private int[] starts = {};
    private int[] ends = {};
    private KeyBuffer keys = new KeyBuffer(256);
    private @Nullable Row row;
    private int reading;

    /** The encoders of a relation's columns, in their order. */
    static KeyEncoder[] encoders(Relation relation) {
        return relation.columns().stream().map(KeyEncoder::of).toArray(KeyEncoder[]::new);
    }

    /** Begins with a row; {@link #release} must follow. */
    void take(Row row, KeyEncoder[] encoders) {
        if (states.length < encoders.length) {
            states = new State[encoders.length];
            starts = new int[encoders.length];
            ends = new int[encoders.length];
        }
        Arrays.fill(states, 0, encoders.length, State.UNREAD);
        keys.truncate(0);
        this.encoders = encoders;
        this.row = row;
    }

    /** Lets go of the row, and of memory that an unusually large value took. */
    void release() {
        row = null;
        if (keys.bytes().length > KEPT_BYTES) {
            keys = new KeyBuffer(256);
        }
    }

    State state(int column) {
        State state = states[column];
        if (state == State.UNREAD && row != null) {
            reading = column;
            states[column] = State.ABSENT;
            row.write(column, this);
            state = states[column];
        }
        return state;
    }

    /** How the value compares with a constant, given its state is {@link State#KEY}. */
    int compare(int column, byte[] constant) {
        return Arrays.compareUnsigned(keys.bytes(), starts[column], ends[column], constant, 0, constant.length);
    }

    /** Whether the value equals a constant, given its state is {@link State#KEY}. */
    boolean equal(int column, byte[] constant) {
        return Arrays.equals(keys.bytes(), starts[column], ends[column], constant, 0, constant.length);
    }

    /** Looks a value up, given its state is {@link State#KEY}. */
    <T> @Nullable T find(int column, KeyMap<T> map) {
        return map.get(keys.bytes(), starts[column], ends[column]);
    }

    @Override
    public void nil() {
        states[reading] = State.NULL;
    }

    @Override
    public void absent() {
        states[reading] = State.ABSENT;
    }

    @Override
    public void literal(byte[] json, int offset, int length) {
        value(json, offset, length);
    }

    @Override
    public void text(byte[] utf8, int offset, int length) {
        value(utf8, offset, length);
    }

    private void value(byte[] value, int offset, int length) {
        int start = keys.length();
        boolean fits = encoders[reading].encode(value, offset, length, keys);
        starts[reading] = start;
        ends[reading] = keys.length();
        states[reading] = fits ? State.KEY : State.UNFIT;
    }
}
