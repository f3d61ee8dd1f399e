package dev.changecast.http.grizzly;

import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Makes ordinary messages of the compressed ones that a client sends (RFC 7692), so that Tyrus need not know of it. All
 * else passes as it came. Takes what {@link FrameScanner} has let through. A compressed message is kept until it is whole,
 * which the scanner bounds, and grows no further than a message may have bytes, however little of it came. Used by one
 * thread at a time.
 */
final class MessageInflater {
    private static final int CONTINUATION = 0;
    private static final int COMPRESSED = 0x40;
    private static final int MASKED = 0x80;
    private static final int MASK_BYTES = 4;
    private static final int LONGEST_HEADER = 14;

    /** What the sender's flush ended with and RFC 7692 (7.2.2) wants put back. */
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

    private final int maxMessageBytes;
    private final Consumer<ByteBuffer> next;

    private final byte[] header = new byte[LONGEST_HEADER];
    private int headerBytes;
    private long payloadBytesLeft;
    private int payloadAt;
    /** The first byte of the compressed message that is on its way; 0 when none is. */
    private int compressedMessage;

    private boolean gathers;
    private @Nullable ByteArrayOutputStream gathered;
    private @Nullable CloseReason violation;

    /** @param next gets frames that are not compressed, in parts as they come or whole */
    MessageInflater(int maxMessageBytes, Consumer<ByteBuffer> next) {
        this.maxMessageBytes = maxMessageBytes;
        this.next = next;
    }

    /** Why the connection has to be closed; null while all is well. */
    @Nullable
    CloseReason violation() {
        return violation;
    }

    /** Takes what has arrived, from position to limit. */
    void receive(ByteBuffer data) {
        while (data.hasRemaining() && violation == null) {
            if (payloadBytesLeft > 0) {
                readPayload(data);
            } else {
                header[headerBytes++] = data.get();
                if (headerBytes >= 2 && headerBytes == headerLength()) {
                    headerIsWhole();
                }
            }
            if (payloadBytesLeft == 0 && headerBytes > 0 && headerBytes == headerLength()) {
                headerBytes = 0;
                frameIsWhole();
            }
        }
    }

    private int headerLength() {
        int length = header[1] & 0x7F;
        return headerBytes < 2 ? 2 : 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + MASK_BYTES;
    }

    private void headerIsWhole() {
        int opcode = header[0] & 0x0F;
        boolean control = (opcode & 0x08) != 0;
        if (!control && opcode != CONTINUATION) {
            compressedMessage = (header[0] & COMPRESSED) != 0 ? header[0] : 0;
        }
        gathers = !control && compressedMessage != 0;
        payloadBytesLeft = header[1] & 0x7F;
        if (payloadBytesLeft > 125) {
            payloadBytesLeft = 0;
            for (int i = 2; i < headerBytes - MASK_BYTES; i++) {
                payloadBytesLeft = payloadBytesLeft << 8 | header[i] & 0xFF;
            }
        }
        payloadAt = 0;
        if (!gathers) {
            next.accept(ByteBuffer.wrap(Arrays.copyOf(header, headerBytes)));
        }
    }

    private void readPayload(ByteBuffer data) {
        int count = (int) Math.min(payloadBytesLeft, data.remaining());
        payloadBytesLeft -= count;
        if (!gathers) {
            next.accept(data.slice(data.position(), count));
            data.position(data.position() + count);
            return;
        }
        ByteArrayOutputStream into = gathered == null ? new ByteArrayOutputStream(count + TAIL.length) : gathered;
        gathered = into;
        for (int i = 0; i < count; i++) {
            into.write(data.get() ^ header[headerBytes - MASK_BYTES + (payloadAt++ & 3)]);
        }
    }

    private void frameIsWhole() {
        boolean last = (header[0] & 0x80) != 0;
        if (!gathers || !last) {
            return;
        }
        ByteArrayOutputStream compressed = gathered == null ? new ByteArrayOutputStream() : gathered;
        gathered = null;
        compressed.writeBytes(TAIL);
        try {
            inflate(compressed.toByteArray());
        } catch (DataFormatException e) {
            violation = new CloseReason(CloseCodes.NOT_CONSISTENT, "a compressed message that is none");
        }
    }

    /** Room for the frame's header is kept before the message, so that it is not copied again. */
    private void inflate(byte[] compressed) throws DataFormatException {
        int most = LONGEST_HEADER + maxMessageBytes;
        byte[] message = new byte[(int) Math.min(most, LONGEST_HEADER + 4L * compressed.length)];
        int end = LONGEST_HEADER;
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(compressed);
            while (true) {
                if (end == message.length && end < most) {
                    message = Arrays.copyOf(message, (int) Math.min(most, 2L * end));
                }
                // At the bound one byte more is asked for, to learn whether there is one.
                int count = end < most
                        ? inflater.inflate(message, end, message.length - end)
                        : inflater.inflate(new byte[1]);
                if (end == most && count > 0) {
                    violation = new CloseReason(
                            CloseCodes.TOO_BIG, "a message may have at most " + maxMessageBytes + " bytes");
                    return;
                }
                end += count;
                int left = inflater.getRemaining();
                if (inflater.finished() && left > 0) {
                    // A sender may end a block for good and go on with another (7.2.3.4).
                    inflater.reset();
                    inflater.setInput(compressed, compressed.length - left, left);
                } else if (count == 0) {
                    break;
                }
            }
        } finally {
            inflater.end();
        }
        next.accept(framed(message, end));
    }

    /** As a client would have sent it uncompressed, with a mask that changes nothing. */
    private ByteBuffer framed(byte[] message, int end) {
        int length = end - LONGEST_HEADER;
        int lengthBytes = length <= 125 ? 0 : length <= 0xFFFF ? 2 : 8;
        int start = LONGEST_HEADER - MASK_BYTES - lengthBytes - 2;
        message[start] = (byte) (0x80 | compressedMessage & 0x0F);
        message[start + 1] = (byte) (MASKED | (lengthBytes == 0 ? length : lengthBytes == 2 ? 126 : 127));
        for (int i = 0; i < lengthBytes; i++) {
            int shift = 8 * (lengthBytes - 1 - i);
            message[start + 2 + i] = (byte) (shift > 24 ? 0 : length >>> shift);
        }
        Arrays.fill(message, LONGEST_HEADER - MASK_BYTES, LONGEST_HEADER, (byte) 0);
        return ByteBuffer.wrap(message, start, end - start).slice();
    }
}
