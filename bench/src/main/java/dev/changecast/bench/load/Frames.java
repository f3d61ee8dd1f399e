package dev.changecast.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Finds the whole WebSocket frames of a server in a buffer, and leaves the beginning of the next there. */
final class Frames {
    /** Takes a frame's content, by its place in the buffer. */
    interface Sink {
        void frame(int opcode, int from, int to) throws IOException;
    }

    private final ByteBuffer buffer;
    private final Sink sink;

    Frames(ByteBuffer buffer, Sink sink) {
        this.buffer = buffer;
        this.sink = sink;
    }

    void read() throws IOException {
        int at = buffer.position();
        int limit = buffer.limit();
        while (limit - at >= 2) {
            int first = buffer.get(at);
            int header = 2;
            int length = buffer.get(at + 1);
            if (first >= 0 || length < 0) {
                throw new IOException("the server sent a part of a message, or a masked frame");
            }
            if (length == 126 && limit - at >= 4) {
                header = 4;
                length = buffer.getShort(at + 2) & 0xffff;
            } else if (length == 127 && limit - at >= 10) {
                header = 10;
                length = Math.toIntExact(buffer.getLong(at + 2));
            } else if (length >= 126) {
                break;
            }
            if (header + length > buffer.capacity()) {
                throw new IOException("the server sent a message of " + length + " bytes");
            }
            if (limit - at < header + length) {
                break;
            }
            sink.frame(first & 15, at + header, at + header + length);
            at += header + length;
        }
        buffer.position(at);
    }
}
