package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Payload;
import java.nio.ByteBuffer;
import java.util.List;

/** Messages as the bytes that wait together to be written. */
final class FrameBatch {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private FrameBatch() {}

    /**
     * The frames one after the other; not to be changed, since a single frame is not copied.
     *
     * @param compresses whether the connection takes compressed messages
     */
    static ByteBuffer join(List<Payload> messages, boolean compresses) {
        return messages.size() == 1
                ? ByteBuffer.wrap(frame(messages.get(0), compresses))
                : join(NOTHING, messages, compresses);
    }

    /** Bytes, of which a copy is made, and the frames behind them. */
    static ByteBuffer join(ByteBuffer before, List<Payload> messages, boolean compresses) {
        int length = before.remaining();
        for (int i = 0; i < messages.size(); i++) {
            length += frame(messages.get(i), compresses).length;
        }
        ByteBuffer joined = ByteBuffer.allocate(length).put(before);
        for (int i = 0; i < messages.size(); i++) {
            joined.put(frame(messages.get(i), compresses));
        }
        return joined.flip();
    }

    static byte[] frame(Payload message, boolean compresses) {
        return compresses ? DeflatedFraming.frameOf(message) : message.framed(TextFraming.TEXT);
    }
}
