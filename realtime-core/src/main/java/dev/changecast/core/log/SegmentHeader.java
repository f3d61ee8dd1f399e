package dev.changecast.core.log;

import dev.changecast.core.log.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a segment begins with.
 *
 * @param lineage that of all segments since the log's last restart
 * @param before the state of the log before its first frame
 */
record SegmentHeader(Instant createdAt, Lineage lineage, String epoch, LogEnd before) {
    /** Magic, version, length and checksum have these places in every version. */
    private static final long MAGIC = 0x4343_4153_544c_4f47L; // CCASTLOG

    private static final int VERSION = 3;
    private static final int VERSION_AT = 8;
    private static final int LENGTH_AT = 12;
    private static final int CHECKSUM_AT = 16;
    private static final int PRELUDE = 20;
    private static final int LONGEST = 1024 * 1024;

    static final String SUFFIX = ".log";

    long firstSequence() {
        return before.sequence() + 1;
    }

    /** Sorted by name, segments are sorted by sequence. */
    String name() {
        return String.format(Locale.ROOT, "%020d", firstSequence());
    }

    byte[] encode() {
        ByteOutput to = new ByteOutput(256);
        to.putLong(MAGIC);
        to.putInt(VERSION);
        to.putInt(0);
        to.putInt(0);
        to.putLong(createdAt.toEpochMilli());
        lineage.put(to);
        to.putText(epoch);
        before.put(to);
        to.setInt(LENGTH_AT, to.size());
        to.setInt(CHECKSUM_AT, Frames.checksum(to.toByteArray(), 0, to.size()));
        return to.toByteArray();
    }

    /**
     * The header of this file; null when it is damaged.
     *
     * @throws IOException also when the header is sound but of a version that is not known
     */
    static @Nullable SegmentHeader read(DiskFile file, String name) throws IOException {
        byte[] prelude = read(file, PRELUDE);
        if (prelude == null || ByteInput.longAt(prelude, 0) != MAGIC) {
            return null;
        }
        int length = ByteInput.intAt(prelude, LENGTH_AT);
        byte[] bytes = length < PRELUDE || length > LONGEST ? null : read(file, length);
        if (bytes == null) {
            return null;
        }
        int checksum = ByteInput.intAt(bytes, CHECKSUM_AT);
        for (int i = 0; i < 4; i++) {
            bytes[CHECKSUM_AT + i] = 0;
        }
        if (Frames.checksum(bytes, 0, length) != checksum) {
            return null;
        }
        int version = ByteInput.intAt(bytes, VERSION_AT);
        if (version != VERSION) {
            throw new IOException(name + " has version " + version + " and this engine knows version " + VERSION
                    + "; start the engine that wrote it, or move the directory away");
        }
        ByteInput in = new ByteInput(bytes, PRELUDE);
        return new SegmentHeader(Instant.ofEpochMilli(in.getLong()), Lineage.get(in), in.getText(), LogEnd.get(in));
    }

    private static byte @Nullable [] read(DiskFile file, int length) throws IOException {
        byte[] bytes = new byte[length];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, buffer.position()) < 0) {
                return null;
            }
        }
        return bytes;
    }
}
