package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameScannerTest {
    private static final int MAX = 1000;

    private final FrameScanner scanner = new FrameScanner(MAX, false);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 1000})
    void goodFramesPass(int size) {
        byte[] frames = frames(frame(0x81, size), frame(0x89, 5), frame(0x01, size), frame(0x80, 0));
        assertThat(scanner.scan(ByteBuffer.wrap(frames))).isEqualTo(frames.length);
        assertThat(scanner.violation()).isNull();
    }

    @Test
    void aBadFrameIsFoundAtItsBeginningHoweverTheBytesAreCut() {
        byte[] good = frames(frame(0x81, 300), frame(0x01, 600), frame(0x89, 3), frame(0x80, 400));
        byte[] bad = frame(0x81, MAX + 1);
        byte[] all = frames(good, bad);
        Random random = new Random(11);
        for (int run = 0; run < 500; run++) {
            FrameScanner cut = new FrameScanner(MAX, false);
            int at = 0;
            int passed = 0;
            while (at < all.length && cut.violation() == null) {
                int length = Math.min(all.length - at, 1 + random.nextInt(run < 250 ? 4 : 900));
                passed += cut.scan(ByteBuffer.wrap(all, at, length)) - at;
                at += length;
            }
            assertThat(cut.violation()).isNotNull();
            assertThat(cut.violation().getCloseCode().getCode()).isEqualTo(1009);
            assertThat(passed).isBetween(good.length, good.length + 3);
        }
    }

    @Test
    void aMessageIsTheSumOfItsFrames() {
        assertThat(scanner.scan(ByteBuffer.wrap(frames(frame(0x01, 600), frame(0x00, 400)))))
                .isPositive();
        assertThat(scanner.violation()).isNull();
        scanner.scan(ByteBuffer.wrap(frame(0x80, 1)));
        assertThat(scanner.violation()).isNotNull();
    }

    @Test
    void anAbsurdLengthIsTooBigAndNotNegative() {
        byte[] frame = {(byte) 0x82, (byte) 0xFF, (byte) 0xFF, 0, 0, 0, 0, 0, 0, 1};
        scanner.scan(ByteBuffer.wrap(frame));
        assertThat(scanner.violation()).isNotNull();
        assertThat(scanner.violation().getCloseCode().getCode()).isEqualTo(1009);
    }

    @Test
    void aFrameWithoutAMaskBreaksTheProtocol() {
        byte[] all = frames(frame(0x81, 5), new byte[] {(byte) 0x81, 1, 'x'});
        assertThat(scanner.scan(ByteBuffer.wrap(all))).isEqualTo(all.length - 3);
        assertThat(scanner.violation()).isNotNull();
        assertThat(scanner.violation().getCloseCode().getCode()).isEqualTo(1002);
    }

    @ParameterizedTest
    @ValueSource(ints = {0xC1, 0xA1, 0x91, 0xC0, 0xC9, 0xC8})
    void reservedBitsBreakTheProtocolWhenNothingWasNegotiated(int first) {
        byte[] all = frames(frame(0x81, 5), frame(first, 5));
        assertThat(scanner.scan(ByteBuffer.wrap(all))).isEqualTo(frame(0x81, 5).length);
        assertThat(scanner.violation()).isNotNull();
        assertThat(scanner.violation().getCloseCode().getCode()).isEqualTo(1002);
    }

    @ParameterizedTest
    @CsvSource({"C1,true", "C2,true", "41,true", "C0,false", "C8,false", "C9,false", "E1,false", "91,false"})
    void aMessageMayBeCompressedWhenThatWasNegotiated(String first, boolean good) {
        FrameScanner compressing = new FrameScanner(MAX, true);
        compressing.scan(ByteBuffer.wrap(frame(Integer.parseInt(first, 16), 5)));
        assertThat(compressing.violation() == null).isEqualTo(good);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void noiseIsPassedOrEndsWithACodeHoweverItIsCut(long seed) {
        Random random = new Random(seed);
        int violations = 0;
        for (int run = 0; run < 20_000; run++) {
            byte[] noise = new byte[1 + random.nextInt(60)];
            random.nextBytes(noise);
            if (run % 2 == 0) {
                // A header that is nearly right leads further in.
                noise[0] = (byte) (random.nextInt(4) << 6 | random.nextInt(16));
                noise[noise.length - 1] |= (byte) 0x80;
            }
            FrameScanner whole = new FrameScanner(MAX, run % 3 == 0);
            int passed = whole.scan(ByteBuffer.wrap(noise));
            assertThat(passed).isBetween(0, noise.length);
            FrameScanner cut = new FrameScanner(MAX, run % 3 == 0);
            for (int i = 0; i < noise.length && cut.violation() == null; i++) {
                cut.scan(ByteBuffer.wrap(noise, i, 1));
            }
            assertThat(cut.violation() == null).isEqualTo(whole.violation() == null);
            if (whole.violation() != null) {
                violations++;
                assertThat(whole.violation().getCloseCode().getCode()).isIn(1002, 1009);
                assertThat(cut.violation().getCloseCode())
                        .isEqualTo(whole.violation().getCloseCode());
            }
        }
        assertThat(violations).isBetween(1000, 19_999);
    }

    @Test
    void aCloseIsSeenWhenItIsWhole() {
        byte[] close = frame(0x88, 2);
        scanner.scan(ByteBuffer.wrap(close, 0, close.length - 1));
        assertThat(scanner.closeSeen()).isFalse();
        scanner.scan(ByteBuffer.wrap(close, close.length - 1, 1));
        assertThat(scanner.closeSeen()).isTrue();
    }

    private static byte[] frame(int first, int size) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(first);
        if (size <= 125) {
            out.write(0x80 | size);
        } else {
            out.write(0x80 | 126);
            out.write(size >>> 8);
            out.write(size);
        }
        out.writeBytes(new byte[] {1, 2, 3, 4});
        out.writeBytes(new byte[size]);
        return out.toByteArray();
    }

    private static byte[] frames(byte[]... frames) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            out.writeBytes(frame);
        }
        return out.toByteArray();
    }
}
