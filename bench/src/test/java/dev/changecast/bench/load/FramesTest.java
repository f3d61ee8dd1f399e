package dev.changecast.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FramesTest {
    private final ByteBuffer buffer = ByteBuffer.allocate(200_000);
    private final List<String> found = new ArrayList<>();
    private final Frames frames = new Frames(buffer, (opcode, from, to) -> found.add(opcode + " " + (to - from)));

    @Test
    void wholeFramesOfAllLengthsAreFoundAndTheBeginningOfTheNextIsLeft() throws IOException {
        put(1, 5);
        put(1, 300);
        put(2, 70_000);
        put(9, 0);
        buffer.put((byte) 0x81).put((byte) 126).put((byte) 1).flip();
        frames.read();
        assertThat(found).containsExactly("1 5", "1 300", "2 70000", "9 0");
        assertThat(buffer.remaining()).isEqualTo(3);
    }

    @Test
    void aFrameThatComesByteByByteIsFoundOnce() throws IOException {
        put(1, 300);
        int size = buffer.position();
        for (int i = 1; i <= size; i++) {
            buffer.position(0).limit(i);
            frames.read();
            assertThat(found).hasSize(i < size ? 0 : 1);
        }
    }

    @Test
    void aMaskedFrameIsAFault() {
        buffer.put((byte) 0x81).put((byte) 0x85).flip();
        assertThatThrownBy(frames::read).isInstanceOf(IOException.class).hasMessageContaining("masked");
    }

    private void put(int opcode, int length) {
        buffer.put((byte) (0x80 | opcode));
        if (length < 126) {
            buffer.put((byte) length);
        } else if (length < 65_536) {
            buffer.put((byte) 126).putShort((short) length);
        } else {
            buffer.put((byte) 127).putLong(length);
        }
        buffer.put(new byte[length]);
    }
}
