package dev.changecast.source.postgres;

import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import java.nio.ByteBuffer;

/** A row as a view of the message that brought it. Used again for each message; one thread. */
final class TupleRow implements Row {
    private static final int NULL = -1;
    private static final int ABSENT = -2;

    private byte[] bytes = {};
    private int[] offsets = new int[16];
    private int[] lengths = new int[16];
    private int size;
    private StreamedRelation relation = StreamedRelation.NONE;

    /**
     * Reads TupleData at the buffer's position and moves it behind.
     *
     * @param keyOnly whether only the columns of the replica identity were sent; the others are marked null then
     */
    void read(ByteBuffer message, StreamedRelation relation, boolean keyOnly) {
        this.relation = relation;
        bytes = message.array();
        size = message.getShort();
        if (size != relation.formats().length) {
            throw new IllegalStateException("a row of " + relation.relation().qualifiedName() + " has " + size
                    + " values, its relation has " + relation.formats().length + " columns");
        }
        if (offsets.length < size) {
            offsets = new int[size];
            lengths = new int[size];
        }
        for (int i = 0; i < size; i++) {
            byte kind = message.get();
            switch (kind) {
                case 'n' -> lengths[i] = keyOnly && !relation.identity()[i] ? ABSENT : NULL;
                case 'u' -> lengths[i] = ABSENT;
                case 't' -> {
                    lengths[i] = message.getInt();
                    offsets[i] = message.arrayOffset() + message.position();
                    message.position(message.position() + lengths[i]);
                }
                default ->
                    throw new IllegalStateException("a value of unknown kind '" + (char) kind + "' in a row of "
                            + relation.relation().qualifiedName());
            }
        }
    }

    /** Takes what was not sent because it did not change from the row before, which came in the same message. */
    void fillFrom(TupleRow before) {
        for (int i = 0; i < size; i++) {
            if (lengths[i] == ABSENT) {
                lengths[i] = before.lengths[i];
                offsets[i] = before.offsets[i];
            }
        }
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public boolean isNull(int column) {
        return lengths[column] == NULL;
    }

    @Override
    public boolean isAbsent(int column) {
        return lengths[column] == ABSENT;
    }

    @Override
    public void write(int column, ValueWriter to) {
        int length = lengths[column];
        if (length == NULL) {
            to.nil();
        } else if (length == ABSENT) {
            to.absent();
        } else {
            relation.formats()[column].write(bytes, offsets[column], length, to);
        }
    }
}
