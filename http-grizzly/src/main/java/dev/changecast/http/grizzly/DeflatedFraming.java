package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Payload;
import java.util.Arrays;
import java.util.zip.Deflater;

/**
 * A message as an unmasked text frame, compressed as RFC 7692 says, without context takeover: every session that
 * negotiated it gets the same bytes. A message that does not become smaller stays as it is, which the RFC leaves free for
 * each.
 */
final class DeflatedFraming implements Payload.Framing<byte[]> {
    static final DeflatedFraming DEFLATED = new DeflatedFraming();

    /** Smaller messages fit into a packet as they are. */
    static final int COMPRESS_FROM_BYTES = 1024;

    private static final int FINAL_COMPRESSED_TEXT = TextFraming.FINAL_TEXT | 0x40;

    /** What a flush ends with, and what a receiver adds again. */
    private static final int TAIL_BYTES = 4;

    /** Fast rather than small: it runs on the threads that deliver. Those are few, so these are kept. */
    private static final ThreadLocal<Deflater> DEFLATERS =
            ThreadLocal.withInitial(() -> new Deflater(Deflater.BEST_SPEED, true));

    private DeflatedFraming() {}

    /** The frame that a connection which negotiated compression gets. */
    static byte[] frameOf(Payload message) {
        return message.framed(message.size() > COMPRESS_FROM_BYTES ? DEFLATED : TextFraming.TEXT);
    }

    @Override
    public Class<byte[]> type() {
        return byte[].class;
    }

    @Override
    public byte[] frame(byte[] json) {
        // No larger than the message: what would need more is sent as it is.
        byte[] compressed = new byte[json.length];
        Deflater deflater = DEFLATERS.get();
        deflater.reset();
        deflater.setInput(json);
        int length = deflater.deflate(compressed, 0, compressed.length, Deflater.SYNC_FLUSH);
        deflater.setInput(new byte[0]);
        return length == compressed.length
                ? TextFraming.TEXT.frame(json)
                : TextFraming.frame(FINAL_COMPRESSED_TEXT, Arrays.copyOf(compressed, length - TAIL_BYTES));
    }
}
