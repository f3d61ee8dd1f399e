package dev.changecast.core.log;

import dev.changecast.core.log.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Gathers what is to be written to a file into few writes. */
final class SegmentOutput {
    private final DiskFile file;
    private final ByteBuffer buffer;
    private long offset;

    /**
     * @param offset where to begin
     * @param buffer is used as long as this is; its size is that of the writes
     */
    SegmentOutput(DiskFile file, long offset, ByteBuffer buffer) {
        this.file = file;
        this.offset = offset;
        this.buffer = buffer.clear();
    }

    /** Where the next byte goes. */
    long offset() {
        return offset + buffer.position();
    }

    void put(byte[] bytes, int from, int length) throws IOException {
        int at = from;
        int end = from + length;
        while (at < end) {
            if (!buffer.hasRemaining()) {
                flush();
            }
            int part = Math.min(buffer.remaining(), end - at);
            buffer.put(bytes, at, part);
            at += part;
        }
    }

    void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            int written = file.write(buffer, offset);
            if (written <= 0) {
                throw new IOException("the file takes no bytes");
            }
            offset += written;
        }
        buffer.clear();
    }
}
