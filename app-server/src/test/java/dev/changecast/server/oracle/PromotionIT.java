package dev.changecast.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.server.e2e.TestPostgres;
import dev.changecast.server.e2e.TestPostgres.Stop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A standby takes the place of the primary at its address. */
@ExtendWith(ServerLogs.class)
class PromotionIT {
    private static final Duration WITHIN = Duration.ofSeconds(60);
    private static final String YAML = """
            history: { directory: history }
            limits: { heartbeat: 1s }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, tables: [public.*], heartbeat: 500ms, failover: true }
            routes:
              - { from: pg/public.*, read: everyone }
            """;

    @TempDir
    private Path directory;

    @Test
    void aStandbyWithTheSynchronisedSlotGoesOnInTheSameEpoch() throws Exception {
        try (FollowingClient client = promoted(true)) {
            assertThat(client.resets()).isEmpty();
        }
    }

    @Test
    void aStandbyWithoutTheSlotIsToldAsSlotLost() throws Exception {
        try (FollowingClient client = promoted(false)) {
            assertThat(client.resets()).containsOnlyKeys("slot_lost");
        }
    }

    /** What a client has been told that was there all the time, and whose rows are in the end those of the new primary. */
    private FollowingClient promoted(boolean synchronised) throws Exception {
        Path data = directory.resolve("primary/data");
        try (TestPostgres primary = TestPostgres.start(
                directory.resolve("primary"), Map.of("synchronous_commit", "on", "max_wal_senders", "10"))) {
            assumeTrue(
                    Integer.parseInt(primary.query("SHOW server_version_num").get(0)) >= 170_000,
                    "slots are carried to standbys by PostgreSQL 17 and later");
            BankSchema.create(primary);
            primary.query("SELECT pg_create_physical_replication_slot('standby')::text");
            if (synchronised) {
                // What no standby has must not reach us either, or it would be gone after a promotion.
                primary.execute("ALTER SYSTEM SET synchronized_standby_slots = 'standby'");
            }
            primary.stop(Stop.FAST, WITHIN);
            Path copy = directory.resolve("standby/data");
            Directories.copy(data, copy);
            primary.startAgain();
            try (Standby standby = new Standby(
                            copy, primary.port(), synchronised ? Map.of("sync_replication_slots", "on") : Map.of());
                    ServerProcess server = ServerProcess.start(
                                    directory.resolve("server"), YAML.formatted(primary.url()))
                            .awaitReady()) {
                FollowingClient client = new FollowingClient("client", server.webSocket());
                if (!synchronised) {
                    client.explain("slot_lost"::equals);
                }
                Replica rows = client.subscribe("{\"collection\":\"part\"}");
                client.connect().awaitReady(WITHIN);
                primary.execute("INSERT INTO part VALUES (1, 1, 'before', 'x')");
                client.await("the row", WITHIN, () -> rows.rows().containsKey("1/1/"));
                standby.await("the row at the standby", "SELECT EXISTS (SELECT FROM part)");
                if (synchronised) {
                    standby.await(
                            "the slot at the standby",
                            "SELECT count(*) = 1 FROM pg_replication_slots WHERE slot_name = 'changecast' AND synced AND NOT"
                                    + " temporary AND invalidation_reason IS NULL");
                }
                primary.stop(Stop.FAST, WITHIN);
                standby.succeed(primary.port());
                primary.execute("INSERT INTO part VALUES (1, 2, 'after', 'x')");
                client.await(
                        "the rows of the new primary",
                        WITHIN,
                        () -> client.isReady() && rows.rows().keySet().equals(Set.of("1/1/", "1/2/")));
                assertThat(client.rows(rows)).isEqualTo(BankSchema.rows(primary, "part", "true", List.of()));
                return client;
            }
        }
    }
}
