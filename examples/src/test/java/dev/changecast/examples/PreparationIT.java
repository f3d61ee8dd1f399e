package dev.changecast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Authenticator;
import dev.changecast.core.Change;
import dev.changecast.core.Changecast;
import dev.changecast.core.Route;
import dev.changecast.core.SourceStatus;
import dev.changecast.source.postgres.PostgresSource;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The statements of docs/postgres.md are enough, and no more than enough is asked for. */
@Timeout(120)
class PreparationIT {
    @ParameterizedTest
    @ValueSource(strings = {"least privileges", "member of the owner"})
    void theStatementsOfTheDocumentationPrepareADatabase(String way) throws Exception {
        BlockingQueue<Change> heard = new LinkedBlockingQueue<>();
        try (ShopDatabase shop = new ShopDatabase()) {
            shop.execute("CREATE ROLE app_owner");
            shop.execute("ALTER TABLE orders OWNER TO app_owner");
            shop.execute("ALTER TABLE customers OWNER TO app_owner");
            statements(way).forEach(shop::execute);
            PostgresSource source = PostgresSource.builder()
                    .replication(shop.url(), "changecast", "change me")
                    .tables("public.orders", "public.customers")
                    .build();
            assertThat(source.check().problems()).isEmpty();
            try (Changecast changecast = Changecast.builder()
                    .source("shop", source)
                    .route(Route.from("shop/public.*").readEveryone())
                    .authenticator(Authenticator.anonymous())
                    .build()) {
                changecast.start();
                changecast.onChange("orders", heard::add);
                Eventually.await("capture to begin", Duration.ofSeconds(30), () -> {
                    SourceStatus status = changecast.sources().get(0);
                    return status.state() == SourceStatus.State.STREAMING && status.delivered() != null;
                });
                shop.execute("INSERT INTO orders VALUES (1, 'tea', '4111')");
                assertThat(heard.poll(10, TimeUnit.SECONDS)).isNotNull();
                LoopbackClient client = LoopbackClient.connect(changecast.gateway());
                client.send("{\"type\":\"subscribe\",\"collection\":\"orders\"}");
                assertThat(client.await("snapshot").text("rows.0.item")).isEqualTo("tea");
                client.await("ready");
            }
        }
    }

    private static List<String> statements(String way) throws IOException {
        List<String> texts = Documentation.blocks("run").stream()
                .filter(block -> block.what().equals(way))
                .map(Documentation.Block::text)
                .toList();
        assertThat(texts).as("blocks of docs/postgres.md for " + way).hasSize(1);
        return List.of(texts.get(0).strip().split(";\\s*"));
    }
}
