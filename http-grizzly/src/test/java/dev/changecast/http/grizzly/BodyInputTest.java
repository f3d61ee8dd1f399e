package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ReadListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.ReadHandler;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.io.NIOInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Plays Grizzly: the order of its calls is that of its buffer. */
class BodyInputTest {
    private final HttpRequestPacket request =
            HttpRequestPacket.builder().method("POST").uri("/poll").build();
    private final Arriving arriving = new Arriving();
    private final BodyInput body = new BodyInput(request, arriving);
    private final Reader reader = new Reader();

    BodyInputTest() {
        request.setExpectContent(true);
    }

    @Test
    void theEndIsToldOnceAndOnlyWhenGrizzlyIsDoneWithTheBody() {
        body.setReadListener(reader);
        BodyInput last = arriving.append("{\"a\":", false);
        assertThat(last).isNotNull();
        last.onDataAvailable();
        request.setExpectContent(false);
        last = arriving.append("1}", true);
        last.onDataAvailable();
        assertThat(reader.text).hasToString("{\"a\":1}");
        // Grizzly still works on its buffer: an answer that ended the request now would hand it to another one.
        assertThat(reader.ends).isZero();
        arriving.finished = true;
        last.onAllDataRead();
        assertThat(reader.ends).isEqualTo(1);
        last.onAllDataRead();
        assertThat(reader.ends).isEqualTo(1);
    }

    @Test
    void everyCallIsOnTheThreadThatGrizzlyCallsFrom() {
        body.setReadListener(reader);
        request.setExpectContent(false);
        BodyInput last = arriving.append("x", true);
        last.onDataAvailable();
        arriving.finished = true;
        last.onAllDataRead();
        assertThat(reader.threads).containsOnly(Thread.currentThread());
    }

    @Test
    void nothingIsAskedOfGrizzlyWhenAllOfItHasArrived() {
        body.setReadListener(reader);
        request.setExpectContent(false);
        arriving.append("x", true).onDataAvailable();
        assertThat(arriving.waiting).isNull();
    }

    @Test
    void aBodyThatWasThereFromTheBeginningEndsAtOnce() {
        arriving.text.append("{}");
        arriving.finished = true;
        request.setExpectContent(false);
        body.setReadListener(reader);
        assertThat(reader.text).hasToString("{}");
        assertThat(reader.ends).isEqualTo(1);
    }

    @Test
    void aFailureIsToldOnce() {
        body.setReadListener(reader);
        BodyInput handler = arriving.append("x", false);
        handler.onError(new IOException("broken"));
        handler.onError(new IOException("again"));
        assertThat(reader.failures).containsExactly("broken");
    }

    private final class Reader implements ReadListener {
        private final StringBuilder text = new StringBuilder();
        private final List<Thread> threads = new ArrayList<>();
        private final List<String> failures = new ArrayList<>();
        private int ends;

        @Override
        public void onDataAvailable() throws IOException {
            threads.add(Thread.currentThread());
            byte[] part = new byte[100];
            while (body.isReady() && !body.isFinished()) {
                int count = body.read(part);
                text.append(new String(part, 0, count, StandardCharsets.UTF_8));
            }
        }

        @Override
        public void onAllDataRead() {
            threads.add(Thread.currentThread());
            ends++;
        }

        @Override
        public void onError(Throwable failure) {
            failures.add(String.valueOf(failure.getMessage()));
        }
    }

    /** Grizzly's buffer, as far as it is asked. */
    private static final class Arriving extends NIOInputStream {
        private final StringBuilder text = new StringBuilder();
        private @Nullable BodyInput waiting;
        private boolean finished;

        /** More has come. Returns who has to be told, now and, if this was the last, of the end. */
        BodyInput append(String more, boolean last) {
            text.append(more);
            BodyInput told = waiting;
            waiting = null;
            if (told == null) {
                throw new AssertionError("nobody waits" + (last ? " for the last part" : ""));
            }
            return told;
        }

        @Override
        public void notifyAvailable(ReadHandler handler) {
            BodyInput told = (BodyInput) handler;
            if (finished) {
                told.onAllDataRead();
            } else if (text.length() > 0) {
                told.onDataAvailable();
            } else {
                waiting = told;
            }
        }

        @Override
        public void notifyAvailable(ReadHandler handler, int size) {
            notifyAvailable(handler);
        }

        @Override
        public boolean isFinished() {
            return finished;
        }

        @Override
        public int readyData() {
            return text.length();
        }

        @Override
        public boolean isReady() {
            return text.length() > 0;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            byte[] all = text.toString().getBytes(StandardCharsets.UTF_8);
            System.arraycopy(all, 0, bytes, offset, all.length);
            text.setLength(0);
            return all.length;
        }

        @Override
        public Buffer readBuffer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Buffer readBuffer(int size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Buffer getBuffer() {
            throw new UnsupportedOperationException();
        }
    }
}
