package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageInflaterTest {
    private static final int MAX = 100_000;
    private static final int TEXT = 0x81;
    private static final int COMPRESSED = 0xC1;
    private static final int COMPRESSED_BEGINNING = 0x41;
    private static final int MIDDLE = 0x00;
    private static final int END = 0x80;
    private static final int PING = 0x89;

    private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
    private final MessageInflater inflater = new MessageInflater(MAX, this::pass);

    private void pass(ByteBuffer frames) {
        byte[] bytes = new byte[frames.remaining()];
        frames.get(bytes);
        passed.writeBytes(bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 3000, 65_535, 65_536, MAX})
    void aCompressedMessagePassesAsAnOrdinaryOne(int size) {
        inflater.receive(ByteBuffer.wrap(frame(COMPRESSED, Deflated.of("x".repeat(size)))));
        assertThat(inflater.violation()).isNull();
        assertThat(passed.toByteArray()).isEqualTo(plain("x".repeat(size)));
    }

    @Test
    void whatIsNotCompressedPassesAsItCameHoweverItIsCut() {
        String text = "grün 漢字 ".repeat(30);
        byte[] compressed = Deflated.of(text);
        byte[] all = join(
                frame(TEXT, "first".getBytes(StandardCharsets.UTF_8)),
                frame(COMPRESSED_BEGINNING, Arrays.copyOf(compressed, 10)),
                frame(PING, new byte[] {1, 2, 3}),
                frame(MIDDLE, new byte[0]),
                frame(END, Arrays.copyOfRange(compressed, 10, compressed.length)),
                frame(TEXT, new byte[0]),
                frame(COMPRESSED, Deflated.of("again")),
                frame(0x01, "in two ".getBytes(StandardCharsets.UTF_8)),
                frame(END, "parts".getBytes(StandardCharsets.UTF_8)));
        byte[] expected = join(
                frame(TEXT, "first".getBytes(StandardCharsets.UTF_8)),
                frame(PING, new byte[] {1, 2, 3}),
                plain(text),
                frame(TEXT, new byte[0]),
                plain("again"),
                frame(0x01, "in two ".getBytes(StandardCharsets.UTF_8)),
                frame(END, "parts".getBytes(StandardCharsets.UTF_8)));
        Random random = new Random(5);
        for (int run = 0; run < 300; run++) {
            passed.reset();
            for (int at = 0; at < all.length; ) {
                int length = Math.min(all.length - at, 1 + random.nextInt(run % 40 + 1));
                inflater.receive(ByteBuffer.wrap(all, at, length));
                at += length;
            }
            assertThat(inflater.violation()).isNull();
            assertThat(passed.toByteArray()).isEqualTo(expected);
        }
    }

    @Test
    void aMessageWhoseLastBlockWasEndedForGoodIsRead() {
        inflater.receive(ByteBuffer.wrap(frame(COMPRESSED, Deflated.withFinalBlock("x".repeat(500)))));
        byte[] one = Deflated.withFinalBlock("one");
        byte[] two = join(Arrays.copyOf(one, one.length - 1), Deflated.of(" and another"));
        inflater.receive(ByteBuffer.wrap(frame(COMPRESSED, two)));
        assertThat(inflater.violation()).isNull();
        assertThat(passed.toByteArray()).isEqualTo(join(plain("x".repeat(500)), plain("one and another")));
    }

    @ParameterizedTest
    @ValueSource(ints = {MAX + 1, 2 * MAX, 50_000_000})
    void aMessageThatGrowsBeyondTheBoundIsTooBig(int size) {
        byte[] bomb = Deflated.of("x".repeat(size));
        assertThat(bomb.length).isLessThan(MAX);
        inflater.receive(ByteBuffer.wrap(frame(COMPRESSED, bomb)));
        assertThat(inflater.violation()).isNotNull();
        assertThat(inflater.violation().getCloseCode().getCode()).isEqualTo(1009);
        inflater.receive(ByteBuffer.wrap(frame(TEXT, new byte[3])));
        assertThat(passed.size()).isZero();
    }

    @Test
    void whatIsNoCompressedMessageIsToldSo() {
        inflater.receive(ByteBuffer.wrap(frame(COMPRESSED, new byte[] {(byte) 0xFF, (byte) 0xFF, 3, 4})));
        assertThat(inflater.violation()).isNotNull();
        assertThat(inflater.violation().getCloseCode().getCode()).isEqualTo(1007);
    }

    @Test
    void noiseNeverFailsInAnotherWay() {
        Random random = new Random(17);
        for (int run = 0; run < 5000; run++) {
            byte[] noise = new byte[random.nextInt(60)];
            random.nextBytes(noise);
            MessageInflater each = new MessageInflater(MAX, frames -> {});
            each.receive(ByteBuffer.wrap(frame(COMPRESSED, noise)));
            if (each.violation() != null) {
                assertThat(each.violation().getCloseCode().getCode()).isIn(1007, 1009);
            }
        }
    }

    /** As it is handed on: with a mask that changes nothing. */
    private static byte[] plain(String text) {
        return frame(TEXT, text.getBytes(StandardCharsets.UTF_8), new byte[4]);
    }

    private static byte[] frame(int first, byte[] payload) {
        return frame(first, payload, new byte[] {7, 0, (byte) 0xF1, 42});
    }

    private static byte[] frame(int first, byte[] payload, byte[] mask) {
        byte[] unmasked = TextFraming.frame(first, payload);
        int headerLength = unmasked.length - payload.length;
        byte[] frame = Arrays.copyOf(unmasked, unmasked.length + 4);
        frame[1] |= (byte) 0x80;
        System.arraycopy(mask, 0, frame, headerLength, 4);
        for (int i = 0; i < payload.length; i++) {
            frame[headerLength + 4 + i] = (byte) (payload[i] ^ mask[i % 4]);
        }
        return frame;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }
}
