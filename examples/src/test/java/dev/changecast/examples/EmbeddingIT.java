package dev.changecast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Change;
import dev.changecast.core.Changecast;
import dev.changecast.core.SourceStatus;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.Message;
import dev.changecast.testing.TestClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the README says about embedding, done. */
@Timeout(120)
class EmbeddingIT {
    @TempDir
    private Path directory;

    @Test
    void anOrderReachesTheListenerInTheProcessAndTheBrowserWithoutWhatIsHidden() throws Exception {
        BlockingQueue<Change> heard = new LinkedBlockingQueue<>();
        try (ShopDatabase shop = new ShopDatabase();
                WebContainer container = new WebContainer(directory.resolve("web"));
                Changecast changecast = Embedding.start(
                        shop.url(),
                        "postgres",
                        null,
                        directory.resolve("history"),
                        container.webSockets(),
                        heard::add)) {
            Eventually.await("capture to begin", Duration.ofSeconds(30), () -> {
                SourceStatus status = changecast.sources().get(0);
                return status.state() == SourceStatus.State.STREAMING && status.delivered() != null;
            });
            try (TestClient client = TestClient.connect(container.address("/ws"))) {
                shop.execute("INSERT INTO orders VALUES (1, 'tea', '4111')");
                client.send("{\"type\":\"subscribe\",\"collection\":\"orders\"}");
                Message rows = client.await("snapshot");
                assertThat(rows.text("rows.0.item")).isEqualTo("tea");
                assertThat(rows.has("rows.0.card_number")).isFalse();
                client.await("ready");
                shop.execute("INSERT INTO orders VALUES (2, 'cake', '4222')");
                Message change = client.awaitChange();
                assertThat(change.text("data.item")).isEqualTo("cake");
                assertThat(change.has("data.card_number")).isFalse();
            }
            Change change = heard.poll(10, TimeUnit.SECONDS);
            assertThat(change).isNotNull();
            assertThat(change.after()).isNotNull();
            assertThat(change.after().text(1)).isEqualTo("tea");
        }
    }
}
