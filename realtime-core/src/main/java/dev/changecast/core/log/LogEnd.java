package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;

/**
 * The state of a log between two frames.
 *
 * @param sequence the number of the frame before
 * @param position where that ends
 * @param insideTransaction whether it leaves a transaction open
 * @param checkpoint the last one
 */
record LogEnd(long sequence, Position position, boolean insideTransaction, Checkpoint checkpoint) {
    /** The state behind the next frame. */
    LogEnd after(Chunk chunk) {
        Checkpoint next = chunk.checkpoint();
        boolean inside = switch (chunk.kind()) {
            case CHANGES -> !chunk.last();
            case PROGRESS -> false;
            case FENCE -> insideTransaction;
        };
        return new LogEnd(chunk.sequence(), chunk.end(), inside, next == null ? checkpoint : next);
    }

    void put(ByteOutput to) {
        to.putLong(sequence);
        Frames.putPosition(to, position);
        to.putByte(insideTransaction ? 1 : 0);
        Frames.putPosition(to, checkpoint.position());
        String token = checkpoint.token();
        to.putByte(token == null ? 0 : 1);
        if (token != null) {
            to.putText(token);
        }
    }

    static LogEnd get(ByteInput from) {
        long sequence = from.getLong();
        Position position = from.getPosition();
        boolean inside = from.getByte() != 0;
        Position checkpoint = from.getPosition();
        String token = from.getByte() == 0 ? null : from.getText();
        return new LogEnd(sequence, position, inside, new Checkpoint(checkpoint, token));
    }
}
