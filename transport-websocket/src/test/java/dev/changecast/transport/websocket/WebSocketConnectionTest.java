package dev.changecast.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.ClientConnection.WriteDone;
import dev.changecast.api.transport.ConnectionListener;
import dev.changecast.api.transport.FrameWriter;
import dev.changecast.api.transport.Payload;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class WebSocketConnectionTest {
    private final FakeSession session = new FakeSession();
    private final HostWriter host = new HostWriter();
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @Test
    void aHostsWriterIsUsedWhereThereIsOne() {
        WebSocketConnection connection = hosted(Duration.ofSeconds(10));
        List<Payload> batch = List.of(Payload.of("a"), Payload.of("b"));
        connection.write(batch, delivered -> told.add("done " + delivered));
        assertThat(host.written).containsExactly(batch);
        assertThat(told).containsExactly("done true");
        assertThat(session.sent).isEmpty();
    }

    @Test
    void aCloseThatNeverEndsIsAbortedAfterItsTime() throws Exception {
        WebSocketConnection connection = hosted(Duration.ofMillis(100));
        connection.close(4501, "draining");
        assertThat(host.aborted.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(session.closed).hasSize(1);
        assertThat(session.closed.get(0).getCloseCode().getCode()).isEqualTo(4501);
        assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
        connection.gone();
        assertThat(told).isEmpty();
    }

    @Test
    void afterACloseNothingIsWritten() {
        WebSocketConnection connection = hosted(Duration.ofSeconds(10));
        connection.close(1000, "bye");
        connection.write(List.of(Payload.of("a")), delivered -> told.add("done " + delivered));
        assertThat(host.written).isEmpty();
        assertThat(told).containsExactly("done false");
    }

    @Test
    void anAbortIsToldAtOnceAndOnce() {
        WebSocketConnection connection = hosted(Duration.ofSeconds(10));
        connection.abort();
        connection.gone();
        connection.abort();
        assertThat(told).containsExactly("closed");
        assertThat(host.aborted.getCount()).isZero();
    }

    @Test
    void reasonsAreCutBetweenCharactersToWhatACloseFrameHolds() {
        assertThat(WebSocketConnection.shortened("short")).isEqualTo("short");
        assertThat(WebSocketConnection.shortened("x".repeat(123))).hasSize(123);
        String cut = WebSocketConnection.shortened("x" + "\uD83D\uDE00".repeat(40));
        assertThat(cut.getBytes(StandardCharsets.UTF_8)).hasSize(121);
        assertThat(cut).doesNotContain("\uFFFD");
    }

    @Test
    void theLengthInUtf8IsCountedWithoutEncoding() {
        for (String text : List.of("", "abc", "äöü", "漢字", "a\uD83D\uDE00b", "\u07FF\u0800\uFFFF\u007F\u0080")) {
            assertThat(ClientEndpoint.utf8Length(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
        }
    }

    private WebSocketConnection hosted(Duration closeTimeout) {
        session.properties.put(FrameWriter.PROPERTY, host);
        WebSocketConnection connection = new WebSocketConnection(session.session(), new Closer(closeTimeout));
        connection.events().start(new ConnectionListener() {
            @Override
            public void onMessage(String json) {}

            @Override
            public void onBadMessage(String what) {}

            @Override
            public void onAlive() {}

            @Override
            public void onClosed() {
                told.add("closed");
            }
        });
        return connection;
    }

    private static final class HostWriter implements FrameWriter {
        final List<List<Payload>> written = new CopyOnWriteArrayList<>();
        final CountDownLatch aborted = new CountDownLatch(1);

        @Override
        public void write(List<Payload> messages, WriteDone done) {
            written.add(messages);
            done.done(true);
        }

        @Override
        public long pendingBytes() {
            return 0;
        }

        @Override
        public void abort() {
            aborted.countDown();
        }
    }
}
