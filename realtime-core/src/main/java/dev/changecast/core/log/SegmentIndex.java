package dev.changecast.core.log;

import dev.changecast.api.source.Relation;
import dev.changecast.core.log.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The index of a sealed segment in a file beside it, so that opening a log need not read all of it. Never trusted more
 * than its checksum, and never needed: without it the segment is scanned.
 */
final class SegmentIndex {
    private static final Logger LOGGER = LoggerFactory.getLogger(SegmentIndex.class);
    private static final long MAGIC = 0x4343_4153_5449_4458L; // CCASTIDX
    private static final int VERSION = 1;
    private static final int CHECKSUM_AT = 12;
    private static final int PRELUDE = 16;

    static final String SUFFIX = ".index";

    private SegmentIndex() {}

    static void write(Disk disk, Segment segment, RelationTable relations) {
        ByteOutput to = new ByteOutput(64 * 1024);
        to.putLong(MAGIC);
        to.putInt(VERSION);
        to.putInt(0);
        to.putInt(headerChecksum(segment.header));
        to.putLong(segment.size());
        segment.end().put(to);
        BitSet defined = segment.defined();
        to.putVarint(defined.cardinality());
        defined.stream().forEach(id -> {
            to.putVarint(id);
            Frames.putRelation(to, relations.byId()[id]);
        });
        to.putVarint(segment.blocks().size());
        for (Block block : segment.blocks()) {
            block.put(to);
        }
        to.setInt(CHECKSUM_AT, Frames.checksum(to.array(), PRELUDE, to.size() - PRELUDE));
        String name = segment.header.name() + SUFFIX;
        try (DiskFile file = disk.create(name)) {
            ByteBuffer bytes = ByteBuffer.wrap(to.array(), 0, to.size());
            while (bytes.hasRemaining()) {
                file.write(bytes, bytes.position());
            }
        } catch (IOException e) {
            LOGGER.warn("{} could not be written, the next start will take longer: {}", name, e.getMessage());
        }
    }

    /** The segment by its index; null when there is none that fits. */
    static @Nullable Segment read(Disk disk, SegmentHeader header, DiskFile file, RelationTable relations) {
        try (DiskFile index = disk.open(header.name() + SUFFIX)) {
            byte[] bytes = new byte[(int) Math.min(index.size(), ByteOutput.LIMIT)];
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                if (index.read(buffer, buffer.position()) < 0) {
                    return null;
                }
            }
            return isSound(bytes) ? decode(bytes, header, file, relations) : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static boolean isSound(byte[] bytes) {
        return bytes.length > PRELUDE
                && ByteInput.longAt(bytes, 0) == MAGIC
                && ByteInput.intAt(bytes, 8) == VERSION
                && ByteInput.intAt(bytes, CHECKSUM_AT) == Frames.checksum(bytes, PRELUDE, bytes.length - PRELUDE);
    }

    private static @Nullable Segment decode(byte[] bytes, SegmentHeader header, DiskFile file, RelationTable relations)
            throws IOException {
        ByteInput in = new ByteInput(bytes, PRELUDE);
        int checksum = in.getInt();
        long size = in.getLong();
        if (checksum != headerChecksum(header) || file.size() < size) {
            return null;
        }
        LogEnd end = LogEnd.get(in);
        for (int i = in.getCount(); i > 0; i--) {
            int id = in.getCount();
            Relation relation = Frames.getRelation(in);
            relations.put(id, relation);
        }
        int count = in.getCount();
        List<Block> blocks = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            blocks.add(Block.get(in));
        }
        return new Segment(header, file, size, blocks, end);
    }

    private static int headerChecksum(SegmentHeader header) {
        byte[] bytes = header.encode();
        return Frames.checksum(bytes, 0, bytes.length);
    }
}
