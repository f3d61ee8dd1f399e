package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Payload;
import java.nio.ByteBuffer;
import java.util.List;

/** Messages as the bytes that go out in one write. */
final class FrameBatch {
    private FrameBatch() {}

    /**
     * The frames one after the other; not to be changed, since a single frame is not copied.
     *
     * @param compresses whether the connection takes compressed messages
     */
    static byte[] join(List<Payload> messages, boolean compresses) {
        if (messages.size() == 1) {
            return frame(messages.get(0), compresses);
        }
        ByteBuffer joined = ByteBuffer.allocate(length(messages, compresses));
        copy(messages, compresses, joined);
        return joined.array();
    }

    /** How many bytes the frames are together. */
    static int length(List<Payload> messages, boolean compresses) {
        int length = 0;
        for (int i = 0; i < messages.size(); i++) {
            length += frame(messages.get(i), compresses).length;
        }
        return length;
    }

    /** @param into has room for {@link #length} bytes */
    static void copy(List<Payload> messages, boolean compresses, ByteBuffer into) {
        for (int i = 0; i < messages.size(); i++) {
            into.put(frame(messages.get(i), compresses));
        }
    }

    private static byte[] frame(Payload message, boolean compresses) {
        return compresses ? DeflatedFraming.frameOf(message) : message.framed(TextFraming.TEXT);
    }
}
