package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Payload;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Frames that lie one after the other outside the heap, where the socket takes them from. Each thread has one, and keeps
 * what it gathered last: sessions that are written to in turn are mostly sent the same messages, which are then copied
 * together once for all of them.
 */
final class GatheredFrames {
    /** Few enough to be in the processor's cache still when the network copies them. */
    static final int BYTES = 64 * 1024;

    private static final ThreadLocal<GatheredFrames> OF_THREAD = ThreadLocal.withInitial(GatheredFrames::new);

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES);
    private @Nullable Payload[] messages = new Payload[16];
    private int count;
    private int length;
    private boolean compressed;

    GatheredFrames() {}

    static GatheredFrames ofThisThread() {
        return OF_THREAD.get();
    }

    /**
     * Gathers the frames of as many messages as fit, in their order.
     *
     * @param first the index of the one to begin with
     * @param compresses whether the connection takes compressed messages
     * @return how many; none when already the first is too large
     */
    int gather(List<Payload> from, int first, boolean compresses) {
        if (!beginsWithGathered(from, first, compresses)) {
            forget(compresses);
        }
        bytes.limit(BYTES).position(length);
        for (int i = first + count; i < from.size(); i++) {
            byte[] frame = FrameBatch.frame(from.get(i), compresses);
            if (frame.length > bytes.remaining()) {
                break;
            }
            bytes.put(frame);
            keep(from.get(i));
        }
        length = bytes.position();
        bytes.flip();
        return count;
    }

    private boolean beginsWithGathered(List<Payload> from, int first, boolean compresses) {
        if (count > from.size() - first || compressed != compresses) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (messages[i] != from.get(first + i)) {
                return false;
            }
        }
        return true;
    }

    private void forget(boolean compresses) {
        Arrays.fill(messages, 0, count, null);
        count = 0;
        length = 0;
        compressed = compresses;
    }

    private void keep(Payload message) {
        if (count == messages.length) {
            messages = Arrays.copyOf(messages, 2 * count);
        }
        messages[count++] = message;
    }

    /** What was gathered, from its first byte on; to be read before the next call of {@link #gather}. */
    ByteBuffer bytes() {
        return bytes;
    }
}
