package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Payload;

/** A message as an unmasked text frame of RFC 6455, as every session that receives it gets it. */
final class TextFraming implements Payload.Framing<byte[]> {
    static final TextFraming TEXT = new TextFraming();

    static final int FINAL_TEXT = 0x81;

    private static final int MAX_LENGTH_IN_7_BITS = 125;
    private static final int LENGTH_IN_16_BITS = 126;
    private static final int LENGTH_IN_64_BITS = 127;

    private TextFraming() {}

    @Override
    public Class<byte[]> type() {
        return byte[].class;
    }

    @Override
    public byte[] frame(byte[] json) {
        return frame(FINAL_TEXT, json);
    }

    /** @param first the frame's first byte */
    static byte[] frame(int first, byte[] payload) {
        int length = payload.length;
        byte[] frame;
        if (length <= MAX_LENGTH_IN_7_BITS) {
            frame = new byte[2 + length];
            frame[1] = (byte) length;
        } else if (length <= 0xFFFF) {
            frame = new byte[4 + length];
            frame[1] = LENGTH_IN_16_BITS;
            frame[2] = (byte) (length >>> 8);
            frame[3] = (byte) length;
        } else {
            frame = new byte[10 + length];
            frame[1] = LENGTH_IN_64_BITS;
            for (int i = 0; i < 4; i++) {
                frame[6 + i] = (byte) (length >>> 24 - 8 * i);
            }
        }
        frame[0] = (byte) first;
        System.arraycopy(payload, 0, frame, frame.length - length, length);
        return frame;
    }
}
