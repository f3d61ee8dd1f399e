package dev.changecast.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.ConnectionListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ConnectionEventsTest {
    private final List<String> told = new ArrayList<>();
    private final List<RuntimeException> failures = new ArrayList<>();
    private final ConnectionEvents events = new ConnectionEvents(failures::add);

    @Test
    void whatComesBeforeThereIsAListenerIsToldInOrder() {
        events.message("a");
        events.alive();
        events.badMessage("b");
        events.closed();
        assertThat(told).isEmpty();
        events.start(new Recorder());
        assertThat(told).containsExactly("a", "alive", "bad b", "closed");
    }

    @Test
    void theEndIsToldOnceAndNothingAfterIt() {
        events.start(new Recorder());
        events.closed();
        events.message("late");
        events.closed();
        assertThat(told).containsExactly("closed");
    }

    @Test
    void whatHappensWithinACallIsToldAfterIt() {
        events.start(new Recorder() {
            @Override
            public void onMessage(String json) {
                events.closed();
                super.onMessage(json);
            }
        });
        events.message("a");
        assertThat(told).containsExactly("a", "closed");
    }

    @Test
    void aListenerThatThrowsIsReportedAndHearsTheRest() {
        events.start(new Recorder() {
            @Override
            public void onMessage(String json) {
                throw new IllegalStateException(json);
            }
        });
        events.message("a");
        events.closed();
        assertThat(failures).extracting(Throwable::getMessage).containsExactly("a");
        assertThat(told).containsExactly("closed");
    }

    @Test
    void callsFromManyThreadsNeverOverlapAndNoneIsLost() throws Exception {
        int threads = 8;
        int each = 20_000;
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        int[] count = new int[1];
        events.start(new Recorder() {
            @Override
            public void onMessage(String json) {
                if (inside.incrementAndGet() != 1) {
                    overlaps.incrementAndGet();
                }
                count[0]++;
                inside.decrementAndGet();
            }
        });
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            go.await();
                        } catch (InterruptedException e) {
                            return;
                        }
                        for (int n = 0; n < each; n++) {
                            events.message("m");
                        }
                    },
                    "sender-" + i);
            thread.start();
            all.add(thread);
        }
        go.countDown();
        for (Thread thread : all) {
            thread.join();
        }
        assertThat(overlaps).hasValue(0);
        assertThat(count[0]).isEqualTo(threads * each);
    }

    private class Recorder implements ConnectionListener {
        @Override
        public void onMessage(String json) {
            told.add(json);
        }

        @Override
        public void onBadMessage(String what) {
            told.add("bad " + what);
        }

        @Override
        public void onAlive() {
            told.add("alive");
        }

        @Override
        public void onClosed() {
            told.add("closed");
        }
    }
}
