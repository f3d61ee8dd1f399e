package dev.changecast.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One client of the generator, and what it has got. Belongs to the generator's thread once it is registered. */
final class Link {
    private static final byte[] NOTHING = new byte[0];

    final int number;
    final SocketChannel channel;
    /** Whether the times of its messages are taken. */
    final boolean timed;

    boolean open;
    boolean ready;

    @Nullable
    String lost;

    long count;
    long sum;

    /** The beginning of a frame of which the rest has not come. */
    private byte[] rest = NOTHING;

    private int restLength;

    Link(int number, SocketChannel channel, boolean timed) {
        this.number = number;
        this.channel = channel;
        this.timed = timed;
    }

    void restore(ByteBuffer into) {
        into.put(rest, 0, restLength);
        restLength = 0;
    }

    void keep(ByteBuffer from) {
        restLength = from.remaining();
        if (restLength > rest.length) {
            rest = new byte[Math.max(restLength, 512)];
        }
        from.get(rest, 0, restLength);
    }

    /** Sends a masked text frame; what a client of a benchmark says is short, so the socket takes it at once. */
    void send(String message) throws IOException {
        write(1, message.getBytes(StandardCharsets.UTF_8));
    }

    void pong(byte[] content) throws IOException {
        write(10, content);
    }

    private void write(int opcode, byte[] content) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(content.length + 8);
        frame.put((byte) (0x80 | opcode));
        if (content.length < 126) {
            frame.put((byte) (0x80 | content.length));
        } else {
            frame.put((byte) (0x80 | 126)).putShort((short) content.length);
        }
        frame.putInt(0).put(content).flip(); // a mask of zeros leaves the content as it is
        while (frame.hasRemaining()) {
            channel.write(frame);
        }
    }
}
