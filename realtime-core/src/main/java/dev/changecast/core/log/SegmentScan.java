package dev.changecast.core.log;

import dev.changecast.core.log.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Reads a segment from its beginning, as far as its frames are sound and in order: finds out what a file holds that was
 * not closed properly.
 */
final class SegmentScan {
    private static final int WINDOW = 256 * 1024;

    private final DiskFile file;
    private final long fileSize;
    private byte[] window = new byte[WINDOW];
    private long windowOffset;
    private int windowLength;

    private long completeSize;
    private boolean complete;

    private SegmentScan(DiskFile file, long from) throws IOException {
        this.file = file;
        fileSize = file.size();
        windowOffset = from;
    }

    /**
     * Scans the frames behind the header.
     *
     * @param limit frames from this number on are not part of it: a later segment has them
     */
    static Found scan(SegmentHeader header, DiskFile file, long limit, RelationTable relations) throws IOException {
        int headerLength = header.encode().length;
        SegmentScan scan = new SegmentScan(file, headerLength);
        Segment segment = new Segment(header, file, headerLength);
        scan.completeSize = headerLength;
        scan.complete = !header.before().insideTransaction();
        scan.run(segment, limit, relations);
        return new Found(segment, scan.complete, scan.completeSize);
    }

    private void run(Segment segment, long limit, RelationTable relations) throws IOException {
        BitSet defined = new BitSet();
        long at = segment.size();
        int length = frameAt(at);
        while (length > 0) {
            int offset = (int) (at - windowOffset);
            long sequence = ByteInput.longAt(window, offset + Frames.SEQUENCE);
            if (sequence != segment.end().sequence() + 1 || sequence >= limit) {
                break;
            }
            if (Frames.kind(window, offset) == Frames.KIND_RELATION) {
                ByteInput in = new ByteInput(window, offset + Frames.HEADER_LENGTH);
                int id = in.getCount();
                relations.put(id, Frames.getRelation(in));
                defined.set(id);
            } else {
                // A copy: the builder of blocks keeps a chunk for a while, and the window moves.
                byte[] frame = Arrays.copyOfRange(window, offset, offset + length);
                segment.add(new Chunk(frame, 0, relations.byId()), at + length);
                segment.define(defined);
                if (!segment.end().insideTransaction()) {
                    complete = true;
                    completeSize = at + length;
                }
            }
            at += length;
            length = frameAt(at);
        }
        segment.closeBlock();
    }

    /** Brings the frame at this offset into the window; returns its length, or 0 when there is no sound one. */
    private int frameAt(long at) throws IOException {
        if (!load(at, Frames.HEADER_LENGTH)) {
            return 0;
        }
        int length = Frames.claimedLength(window, (int) (at - windowOffset));
        if (length < 0 || !load(at, length)) {
            return 0;
        }
        return Frames.isIntact(window, (int) (at - windowOffset), length) ? length : 0;
    }

    private boolean load(long at, int length) throws IOException {
        if (fileSize - at < length) {
            return false;
        }
        if (at + length > windowOffset + windowLength) {
            if (window.length < length || window.length > WINDOW && length <= WINDOW) {
                window = new byte[Math.max(WINDOW, length)];
            }
            windowOffset = at;
            ByteBuffer buffer = ByteBuffer.wrap(window);
            while (buffer.position() < length) {
                if (file.read(buffer, at + buffer.position()) < 0) {
                    return false;
                }
            }
            windowLength = buffer.position();
        }
        return true;
    }

    /**
     * What a segment holds.
     *
     * @param segment with all its sound frames
     * @param complete whether the log is outside a transaction somewhere in it, its beginning included
     * @param completeSize the greatest size at which it is
     */
    record Found(Segment segment, boolean complete, long completeSize) {}
}
