package dev.changecast.http.grizzly;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** The payload of a compressed message, as RFC 7692 describes it (7.2.1 and 7.2.2), by the shortest way there is. */
final class Deflated {
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

    private Deflated() {}

    static byte[] of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8), Deflater.SYNC_FLUSH);
    }

    /** The same ended for good, with the empty block after it that the RFC asks for then. */
    static byte[] withFinalBlock(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8), Deflater.NO_FLUSH);
    }

    private static byte[] of(byte[] bytes, int flush) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        deflater.setInput(bytes);
        if (flush == Deflater.NO_FLUSH) {
            deflater.finish();
        }
        byte[] compressed = new byte[bytes.length + 100];
        int length = deflater.deflate(compressed, 0, compressed.length, flush);
        deflater.end();
        return flush == Deflater.NO_FLUSH
                ? Arrays.copyOf(compressed, length + 1)
                : Arrays.copyOf(compressed, length - TAIL.length);
    }

    static String text(byte[] payload) throws DataFormatException {
        byte[] whole = Arrays.copyOf(payload, payload.length + TAIL.length);
        System.arraycopy(TAIL, 0, whole, payload.length, TAIL.length);
        Inflater inflater = new Inflater(true);
        inflater.setInput(whole);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        byte[] part = new byte[1000];
        for (int count; (count = inflater.inflate(part)) > 0; ) {
            text.write(part, 0, count);
        }
        inflater.end();
        return text.toString(StandardCharsets.UTF_8);
    }
}
