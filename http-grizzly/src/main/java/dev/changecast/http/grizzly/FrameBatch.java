package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Payload;
import java.util.List;

/** Messages as the bytes that go out in one write. */
final class FrameBatch {
    private FrameBatch() {}

    /** The frames one after the other; not to be changed, since a single frame is not copied. */
    static byte[] join(List<Payload> messages) {
        if (messages.size() == 1) {
            return messages.get(0).framed(TextFraming.TEXT);
        }
        int length = 0;
        for (Payload message : messages) {
            length += message.framed(TextFraming.TEXT).length;
        }
        byte[] joined = new byte[length];
        int end = 0;
        for (Payload message : messages) {
            byte[] frame = message.framed(TextFraming.TEXT);
            System.arraycopy(frame, 0, joined, end, frame.length);
            end += frame.length;
        }
        return joined;
    }
}
