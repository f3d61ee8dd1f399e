package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Payload;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatheredFramesTest {
    private static final byte MARK = 1;

    private final Payload one = Payload.of("one");
    private final Payload two = Payload.of("two");
    private final Payload three = Payload.of("three");
    private final GatheredFrames frames = new GatheredFrames();

    @Test
    void framesLieOneAfterTheOther() {
        assertThat(frames.gather(List.of(one, two, three), 0, false)).isEqualTo(3);
        assertThat(gathered()).isEqualTo(joined(one, two, three));
        assertThat(frames.gather(List.of(one, two, three), 1, false)).isEqualTo(2);
        assertThat(gathered()).isEqualTo(joined(two, three));
    }

    @Test
    void theSameMessagesAreNotCopiedAgain() {
        frames.gather(List.of(one, two), 0, false);
        mark();

        assertThat(frames.gather(List.of(one, two), 0, false)).isEqualTo(2);
        assertThat(isMarked()).isTrue();
        assertThat(frames.gather(List.of(three, one, two), 1, false)).isEqualTo(2);
        assertThat(isMarked()).isTrue();
    }

    @Test
    void whatFollowsTheSameMessagesIsAdded() {
        frames.gather(List.of(one), 0, false);
        mark();

        assertThat(frames.gather(List.of(one, two), 0, false)).isEqualTo(2);
        assertThat(isMarked()).isTrue();
        frames.bytes().put(0, joined(one).get(0));
        assertThat(gathered()).isEqualTo(joined(one, two));
    }

    @Test
    void fewerOrOtherMessagesAreGatheredAnew() {
        frames.gather(List.of(one, two), 0, false);
        mark();

        assertThat(frames.gather(List.of(one), 0, false)).isEqualTo(1);
        assertThat(gathered()).isEqualTo(joined(one));
        mark();
        assertThat(frames.gather(List.of(Payload.of("one")), 0, false)).isEqualTo(1);
        assertThat(gathered()).isEqualTo(joined(one));
    }

    @Test
    void compressedFramesAreNotTakenForPlainOnes() {
        Payload large = Payload.of("x".repeat(2000));
        frames.gather(List.of(large), 0, true);

        frames.gather(List.of(large), 0, false);
        assertThat(gathered()).isEqualTo(joined(large));
        frames.gather(List.of(large), 0, true);
        assertThat(gathered()).isEqualTo(ByteBuffer.wrap(FrameBatch.frame(large, true)));
    }

    @Test
    void asManyAsFitAreGatheredAndTheRestTheNextTime() {
        List<Payload> many = Collections.nCopies(100, Payload.of("x".repeat(1020)));
        int fit = GatheredFrames.BYTES / 1024;

        assertThat(frames.gather(many, 0, false)).isEqualTo(fit);
        assertThat(frames.bytes().remaining()).isEqualTo(GatheredFrames.BYTES);
        assertThat(frames.gather(many, fit, false)).isEqualTo(100 - fit);
        assertThat(frames.bytes().remaining()).isEqualTo((100 - fit) * 1024);
    }

    @Test
    void oneThatIsTooLargeIsNotGathered() {
        Payload large = Payload.of("x".repeat(GatheredFrames.BYTES));
        assertThat(frames.gather(List.of(large, one), 0, false)).isZero();
        assertThat(frames.gather(List.of(one, large), 0, false)).isEqualTo(1);
        assertThat(gathered()).isEqualTo(joined(one));
    }

    /** Something else in the place of the first byte, which only copying would put right. */
    private void mark() {
        frames.bytes().put(0, MARK);
    }

    private boolean isMarked() {
        return frames.bytes().get(0) == MARK;
    }

    private ByteBuffer gathered() {
        return frames.bytes();
    }

    private static ByteBuffer joined(Payload... messages) {
        return FrameBatch.join(List.of(messages), false);
    }
}
