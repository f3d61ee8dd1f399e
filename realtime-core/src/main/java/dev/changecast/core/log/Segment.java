package dev.changecast.core.log;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.core.log.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One file of the log, with its sparse index. The writer thread appends to the newest; any thread reads what is in
 * closed blocks.
 */
final class Segment {
    final SegmentHeader header;
    final DiskFile file;

    /** Up to where the file is on disk for certain; written by the writer thread, which alone needs it exactly. */
    private volatile long size;

    /** Which definitions the file holds already. */
    private final BitSet defined = new BitSet();

    private final Block.Builder builder;
    private volatile List<Block> blocks = List.of();
    private volatile LogEnd end;
    private volatile boolean gone;

    /** A segment without frames. */
    Segment(SegmentHeader header, DiskFile file, long size) {
        this.header = header;
        this.file = file;
        this.size = size;
        builder = new Block.Builder(size);
        end = header.before();
    }

    /** A sealed segment, by its index. */
    Segment(SegmentHeader header, DiskFile file, long size, List<Block> blocks, LogEnd end) {
        this(header, file, size);
        this.blocks = List.copyOf(blocks);
        this.end = end;
    }

    long size() {
        return size;
    }

    LogEnd end() {
        return end;
    }

    boolean isEmpty() {
        return end.sequence() == header.before().sequence();
    }

    BitSet defined() {
        return (BitSet) defined.clone();
    }

    List<Block> blocks() {
        return blocks;
    }

    /** The file was deleted: what fails now fails for that reason. */
    boolean isGone() {
        return gone;
    }

    void goes() {
        gone = true;
        file.close();
    }

    /** The frame that ends at this offset is on disk. */
    void add(Chunk chunk, long endOffset) {
        Block block = builder.add(chunk, endOffset);
        end = end.after(chunk);
        size = endOffset;
        if (block != null) {
            publish(block);
        }
    }

    void define(BitSet now) {
        defined.or(now);
    }

    /** Lets readers see the frames since the last block. */
    void closeBlock() {
        Block block = builder.close();
        if (block != null) {
            publish(block);
        }
    }

    /** Readers keep the list they have. */
    private void publish(Block block) {
        List<Block> next = new ArrayList<>(blocks.size() + 1);
        next.addAll(blocks);
        next.add(block);
        blocks = next;
    }

    /** The block that holds this number; null when none does. */
    @Nullable
    Block blockOf(long sequence) {
        List<Block> all = blocks;
        int low = 0;
        int high = all.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Block block = all.get(middle);
            if (sequence < block.firstSequence) {
                high = middle - 1;
            } else if (sequence > block.lastSequence) {
                low = middle + 1;
            } else {
                return block;
            }
        }
        return null;
    }

    /** The number to begin with so that everything after this position, which is in this segment, is seen. */
    long find(Position after) {
        List<Block> all = blocks;
        int low = 0;
        int high = all.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (all.get(middle).start.isAfter(after)) {
                high = middle - 1;
            } else {
                low = middle + 1;
            }
        }
        return high < 0 ? header.firstSequence() : all.get(high).firstSequence;
    }

    /** The chunks of a block. */
    Chunk[] read(Block block, Relation[] table) throws IOException {
        byte[] bytes = new byte[block.length];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, block.offset + buffer.position()) < 0) {
                throw damaged(block, "the file ends at " + file.size());
            }
        }
        Chunk[] chunks = new Chunk[(int) (block.lastSequence - block.firstSequence + 1)];
        int count = 0;
        int at = 0;
        while (at < bytes.length) {
            int length = bytes.length - at < Frames.HEADER_LENGTH ? -1 : Frames.claimedLength(bytes, at);
            if (length < 0 || length > bytes.length - at || !Frames.isIntact(bytes, at, length)) {
                throw damaged(block, "the checksum at " + (block.offset + at) + " is wrong");
            }
            if (Frames.kind(bytes, at) != Frames.KIND_RELATION) {
                Chunk chunk = new Chunk(bytes, at, table);
                if (count == chunks.length || chunk.sequence() != block.firstSequence + count) {
                    throw damaged(block, "frame " + chunk.sequence() + " is out of order");
                }
                chunks[count++] = chunk;
            }
            at += length;
        }
        if (count != chunks.length) {
            throw damaged(block, "frames are missing");
        }
        return chunks;
    }

    private IOException damaged(Block block, String why) {
        return new IOException(header.name() + SegmentHeader.SUFFIX + " is damaged between " + block.offset + " and "
                + (block.offset + block.length) + ": " + why);
    }

    @Override
    public String toString() {
        return header.name() + SegmentHeader.SUFFIX + " " + header.before() + " to " + end;
    }
}
