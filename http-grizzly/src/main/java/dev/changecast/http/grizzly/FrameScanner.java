package dev.changecast.http.grizzly;

import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Follows the frames that a client sends, without touching them, ahead of Tyrus: which takes frames that are not masked,
 * and holds a frame of any announced length in memory before it looks at its size. Used by one thread at a time.
 */
final class FrameScanner {
    private static final int CONTINUATION = 0;
    private static final int CLOSE = 8;

    private enum Expected {
        OPCODE,
        LENGTH,
        LONG_LENGTH,
        PAYLOAD
    }

    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int RESERVED_BITS = 0x70;
    private static final int COMPRESSED = 0x40;

    private final long maxMessageBytes;
    private final boolean compresses;

    private Expected expected = Expected.OPCODE;
    private int opcode;
    private int lengthBytesLeft;
    private long length;
    private long payloadBytesLeft;
    private long messageBytes;
    private @Nullable CloseReason violation;
    private volatile boolean closeSeen;

    /**
     * @param maxMessageBytes the largest message, which may come in several frames
     * @param compresses whether messages may be compressed; the bound is then that of their compressed size
     */
    FrameScanner(long maxMessageBytes, boolean compresses) {
        this.maxMessageBytes = maxMessageBytes;
        this.compresses = compresses;
    }

    /**
     * Looks at what arrived, from position to limit, and changes neither.
     *
     * @return where that ends which may be handed on: the limit, or the beginning of the frame that breaks the rules
     */
    int scan(ByteBuffer data) {
        int frameStart = data.position();
        int i = data.position();
        while (i < data.limit()) {
            switch (expected) {
                case OPCODE -> {
                    frameStart = i;
                    readFirst(data.get(i++));
                }
                case LENGTH -> readLength(data.get(i++));
                case LONG_LENGTH -> readLongLength(data.get(i++));
                case PAYLOAD -> {
                    long taken = Math.min(payloadBytesLeft, data.limit() - i);
                    i += (int) taken;
                    payloadBytesLeft -= taken;
                    frameEndsIfNothingIsLeft();
                }
            }
            if (violation != null) {
                return frameStart;
            }
        }
        return data.limit();
    }

    /** Why the connection has to be closed; null while all is well. */
    @Nullable
    CloseReason violation() {
        return violation;
    }

    /** Whether a whole close frame has come by; nothing may come after it. */
    boolean closeSeen() {
        return closeSeen;
    }

    private void readFirst(byte next) {
        opcode = next & 0x0F;
        expected = Expected.LENGTH;
        // Only the first frame of a message says that it is compressed.
        int allowed = compresses && (opcode == TEXT || opcode == BINARY) ? COMPRESSED : 0;
        if ((next & RESERVED_BITS & ~allowed) != 0) {
            violation = new CloseReason(
                    CloseCodes.PROTOCOL_ERROR, "a frame has a reserved bit that was not negotiated for it");
        }
    }

    private void readLength(byte next) {
        if ((next & 0x80) == 0) {
            violation = new CloseReason(CloseCodes.PROTOCOL_ERROR, "a client's frames must be masked");
            return;
        }
        length = next & 0x7F;
        lengthBytesLeft = length == 126 ? 2 : length == 127 ? 8 : 0;
        if (lengthBytesLeft == 0) {
            lengthIsKnown();
        } else {
            length = 0;
            expected = Expected.LONG_LENGTH;
        }
    }

    private void readLongLength(byte next) {
        length = length << 8 | next & 0xFF;
        if (--lengthBytesLeft == 0) {
            lengthIsKnown();
        }
    }

    private void lengthIsKnown() {
        boolean control = (opcode & 0x08) != 0;
        if (!control) {
            messageBytes = opcode == CONTINUATION ? messageBytes + length : length;
        }
        // A length with the highest bit set is negative here.
        if (length < 0 || length > maxMessageBytes || !control && messageBytes > maxMessageBytes) {
            violation = new CloseReason(CloseCodes.TOO_BIG, "a message may have at most " + maxMessageBytes + " bytes");
            return;
        }
        // The mask comes before the payload.
        payloadBytesLeft = 4 + length;
        expected = Expected.PAYLOAD;
    }

    private void frameEndsIfNothingIsLeft() {
        if (payloadBytesLeft == 0) {
            expected = Expected.OPCODE;
            if (opcode == CLOSE) {
                closeSeen = true;
            }
        }
    }
}
