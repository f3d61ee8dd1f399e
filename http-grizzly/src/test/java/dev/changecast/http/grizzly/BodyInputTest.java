package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.ReadListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BodyInputTest {
    private final Owner owner = new Owner();
    private final BodyInput body = new BodyInput(owner);
    private final Reader reader = new Reader();

    private void arrives(String part, boolean last) {
        body.receive(part.getBytes(StandardCharsets.UTF_8), last);
        body.tell();
    }

    @Test
    void partsAreToldAsTheyArriveAndTheEndOnce() {
        body.setReadListener(reader);
        body.open();
        arrives("{\"a\":", false);
        assertThat(reader.text).hasToString("{\"a\":");
        assertThat(reader.ends).isZero();
        arrives("1}", true);
        assertThat(reader.text).hasToString("{\"a\":1}");
        assertThat(reader.ends).isEqualTo(1);
        body.tell();
        assertThat(reader.ends).isEqualTo(1);
        assertThat(owner.allRead).isEqualTo(1);
    }

    @Test
    void nothingIsToldBeforeTheServletHasReturned() {
        body.receive(new byte[] {'x'}, true);
        body.setReadListener(reader);
        body.tell();
        assertThat(owner.tasks).isEmpty();
        assertThat(reader.text).isEmpty();
        body.open();
        assertThat(reader.text).hasToString("x");
        assertThat(reader.ends).isEqualTo(1);
    }

    @Test
    void aListenerThatComesLaterIsToldOnAWorkerThread() {
        body.receive(new byte[] {'x'}, true);
        body.open();
        body.setReadListener(reader);
        assertThat(reader.text).isEmpty();
        owner.runAll();
        assertThat(reader.text).hasToString("x");
        assertThat(reader.ends).isEqualTo(1);
    }

    @Test
    void whoReadsLaterIsToldOfTheEndAfterwards() throws IOException {
        reader.reads = false;
        body.setReadListener(reader);
        body.open();
        arrives("ab", false);
        arrives("c", true);
        assertThat(body.hasUnread()).isTrue();
        assertThat(body.read()).isEqualTo('a');
        assertThat(body.read()).isEqualTo('b');
        assertThat(body.hasUnread()).isTrue();
        assertThat(body.read()).isEqualTo('c');
        assertThat(body.isFinished()).isTrue();
        assertThat(body.read()).isEqualTo(-1);
        assertThat(reader.ends).isZero();
        assertThat(owner.drained).isEqualTo(1);
        owner.runAll();
        assertThat(reader.ends).isEqualTo(1);
    }

    @Test
    void aReaderThatDoesNotWaitForMoreIsToldWhatIsRight() {
        body.open();
        assertThatThrownBy(body::read).isInstanceOf(IOException.class).hasMessageContaining("set a ReadListener");
    }

    @Test
    void aClientIsAskedForItsBodyWhenTheServletWantsIt() {
        assertThat(owner.wanted).isZero();
        body.setReadListener(reader);
        assertThat(owner.wanted).isEqualTo(1);
    }

    @Test
    void aFailureIsToldOnce() {
        body.setReadListener(reader);
        body.open();
        body.fail(new IOException("broken"));
        body.tell();
        body.fail(new IOException("again"));
        body.tell();
        assertThat(reader.failures).containsExactly("broken");
    }

    @Test
    void aListenerThatFailsIsToldAndNotCalledAgain() {
        reader.fails = true;
        body.setReadListener(reader);
        body.open();
        arrives("x", false);
        arrives("y", true);
        assertThat(reader.failures).containsExactly("cannot");
        assertThat(reader.ends).isZero();
    }

    private final class Reader implements ReadListener {
        private final StringBuilder text = new StringBuilder();
        private final List<String> failures = new ArrayList<>();
        private boolean reads = true;
        private boolean fails;
        private int ends;

        @Override
        public void onDataAvailable() throws IOException {
            if (fails) {
                throw new IOException("cannot");
            }
            byte[] part = new byte[100];
            while (reads && body.isReady() && !body.isFinished()) {
                int count = body.read(part);
                text.append(new String(part, 0, count, StandardCharsets.UTF_8));
            }
        }

        @Override
        public void onAllDataRead() {
            ends++;
        }

        @Override
        public void onError(Throwable failure) {
            failures.add(String.valueOf(failure.getMessage()));
        }
    }

    private static final class Owner implements BodyInput.Owner {
        private final List<Runnable> tasks = new ArrayList<>();
        private int wanted;
        private int drained;
        private int allRead;

        void runAll() {
            List.copyOf(tasks).forEach(Runnable::run);
            tasks.clear();
        }

        @Override
        public void wantsBody() {
            wanted++;
        }

        @Override
        public void drained() {
            drained++;
        }

        @Override
        public void readAll() {
            allRead++;
        }

        @Override
        public void start(Runnable task) {
            tasks.add(task);
        }
    }
}
