package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Payload;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextFramingTest {
    @ParameterizedTest
    @CsvSource({"0,2", "1,2", "125,2", "126,4", "65535,4", "65536,10", "16777216,10"})
    void aFrameIsItsHeaderAndTheMessage(int size, int headerSize) {
        byte[] message = new byte[size];
        Arrays.fill(message, (byte) 'x');
        ByteBuffer frame = ByteBuffer.wrap(TextFraming.TEXT.frame(message));
        assertThat(frame.get()).as("final text frame").isEqualTo((byte) 0x81);
        int length = frame.get();
        long size16or64 = length == 126 ? frame.getShort() & 0xFFFF : length == 127 ? frame.getLong() : length;
        assertThat(size16or64).isEqualTo(size);
        assertThat(frame.position()).isEqualTo(headerSize);
        byte[] rest = new byte[frame.remaining()];
        frame.get(rest);
        assertThat(rest).isEqualTo(message);
    }

    @Test
    void aMessageIsFramedOnceAndASingleFrameIsNotCopied() {
        Payload payload = Payload.of("{}");
        assertThat(FrameBatch.frame(payload, false)).isSameAs(FrameBatch.frame(payload, false));
    }

    @Test
    void aBatchIsItsFramesInOrder() {
        byte[] joined = FrameBatch.join(List.of(Payload.of("a"), Payload.of("bc"), Payload.of("")), false)
                .array();
        assertThat(joined).containsExactly(0x81, 1, 'a', 0x81, 2, 'b', 'c', 0x81, 0);
    }
}
