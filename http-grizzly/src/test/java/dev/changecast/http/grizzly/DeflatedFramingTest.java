package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Payload;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeflatedFramingTest {
    private static final int COMPRESSED_TEXT = 0xC1;
    private static final int TEXT = 0x81;

    @Test
    void aMessageOfMoreThanOneKibibyteIsCompressedAndASmallerOneIsNot() throws Exception {
        String large = "{\"text\":\"" + "grün 漢字 ".repeat(100) + "\"}";
        byte[] frame = FrameBatch.frame(Payload.of(large), true);
        assertThat(frame[0] & 0xFF).isEqualTo(COMPRESSED_TEXT);
        assertThat(frame.length).isLessThan(200);
        assertThat(Deflated.text(payload(frame))).isEqualTo(large);
        assertThat(FrameBatch.frame(Payload.of("x".repeat(1024)), true)[0] & 0xFF)
                .isEqualTo(TEXT);
        assertThat(FrameBatch.frame(Payload.of("x".repeat(1025)), true)[0] & 0xFF)
                .isEqualTo(COMPRESSED_TEXT);
    }

    @Test
    void messagesDoNotDependOnEachOther() throws Exception {
        for (int i = 0; i < 3; i++) {
            byte[] frame = DeflatedFraming.DEFLATED.frame(("same" + "x".repeat(5000)).getBytes(StandardCharsets.UTF_8));
            assertThat(Deflated.text(payload(frame))).isEqualTo("same" + "x".repeat(5000));
        }
    }

    @Test
    void whatDoesNotBecomeSmallerIsSentAsItIs() {
        byte[] noise = new byte[5000];
        new Random(3).nextBytes(noise);
        assertThat(DeflatedFraming.DEFLATED.frame(noise)).isEqualTo(TextFraming.TEXT.frame(noise));
    }

    @Test
    void aMessageIsCompressedOnceForAllAndItsPlainFormKept() {
        Payload payload = Payload.of("x".repeat(5000));
        byte[] compressed = FrameBatch.frame(payload, true);
        byte[] plain = FrameBatch.frame(payload, false);
        assertThat(compressed.length).isLessThan(plain.length);
        assertThat(FrameBatch.frame(payload, true)).isSameAs(compressed);
        assertThat(FrameBatch.frame(payload, false)).isSameAs(plain);
    }

    private static byte[] payload(byte[] frame) {
        int length = frame[1];
        assertThat(length).isLessThanOrEqualTo(126);
        return length == 126
                ? java.util.Arrays.copyOfRange(frame, 4, frame.length)
                : java.util.Arrays.copyOfRange(frame, 2, frame.length);
    }
}
