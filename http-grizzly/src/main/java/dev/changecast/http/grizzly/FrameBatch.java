package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Payload;
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
        int length = 0;
        for (Payload message : messages) {
            length += frame(message, compresses).length;
        }
        byte[] joined = new byte[length];
        int end = 0;
        for (Payload message : messages) {
            byte[] frame = frame(message, compresses);
            System.arraycopy(frame, 0, joined, end, frame.length);
            end += frame.length;
        }
        return joined;
    }

    private static byte[] frame(Payload message, boolean compresses) {
        return compresses ? DeflatedFraming.frameOf(message) : message.framed(TextFraming.TEXT);
    }
}
