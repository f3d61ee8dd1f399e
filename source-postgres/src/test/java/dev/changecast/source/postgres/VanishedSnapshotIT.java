package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.testing.FaultProxy;
import dev.changecast.testing.FaultProxy.Direction;
import dev.changecast.testing.RecordingSink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The network swallows a connection over which rows are being read, and nobody is told. */
@Timeout(60)
class VanishedSnapshotIT {
    private final TestDatabase database = TestServer.shared().database();
    private FaultProxy proxy;
    private RunningSource running;

    @BeforeEach
    void start() throws IOException {
        // First small ones, so that then many are fetched at once: more than fits into the buffers between both.
        database.execute(
                "CREATE TABLE t (id int PRIMARY KEY, v text)",
                "ALTER TABLE t ALTER v SET STORAGE EXTERNAL",
                "INSERT INTO t SELECT n, repeat('x', CASE WHEN n > 200 THEN 200000 ELSE 1 END) FROM"
                        + " generate_series(1, 350) n");
        proxy = FaultProxy.to(TestServer.shared().port());
        String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + database.name();
        running = RunningSource.start(
                database.source().replication(url, "postgres", null).snapshotSilence(Duration.ofSeconds(1)));
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        running.close();
    }

    private Snapshot open() throws Exception {
        return running.source
                .snapshots()
                .orElseThrow()
                .open(new SnapshotQuery(running.source.relations().get(0), Filter.ALL, List.of(), 0));
    }

    private void swallow() {
        proxy.blackHole(Direction.TO_CLIENT);
        proxy.blackHole(Direction.TO_SERVER);
    }

    private List<String> states() {
        return database.query("SELECT a.state FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                + " WHERE l.relation = 't'::regclass AND l.mode = 'AccessShareLock' AND l.pid <> pg_backend_pid()");
    }

    private void assertTheTableCanBeChanged() {
        database.execute("SET lock_timeout = '30s'; ALTER TABLE t ADD COLUMN w int");
    }

    @Test
    void aDatabaseThatWaitsForTheNextQuestionLetsTheTableGo() throws Exception {
        Snapshot snapshot = open();
        assertThat(snapshot.next()).isNotNull();
        swallow();
        assertThat(states()).containsExactly("idle in transaction");
        assertTheTableCanBeChanged();
        assertThat(states()).isEmpty();
    }

    @Test
    void aDatabaseThatCannotSendItsRowsLetsTheTableGo() throws Exception {
        Snapshot snapshot = open();
        proxy.blackHole(Direction.TO_CLIENT);
        CompletableFuture<Integer> reading = CompletableFuture.supplyAsync(() -> read(snapshot));
        TestServer.await("the database to send", () -> !states().equals(List.of("idle in transaction")));
        assertTheTableCanBeChanged();
        assertThat(states()).isEmpty();
        proxy.cut();
        assertThatThrownBy(() -> reading.get(20, TimeUnit.SECONDS)).hasRootCauseInstanceOf(IOException.class);
    }

    @Test
    void whoWaitsForRowsIsFreedWhenTheStreamIsFoundDead() throws Exception {
        Snapshot snapshot = open();
        swallow();
        CompletableFuture<Integer> reading = CompletableFuture.supplyAsync(() -> read(snapshot));
        assertThat(running.failure(Duration.ofSeconds(20))).hasMessageContaining("is dead");
        // The engine would start it again and again.
        CompletableFuture<Void> again = CompletableFuture.runAsync(() -> running.source.run(null, new RecordingSink()));
        assertThatThrownBy(() -> reading.get(20, TimeUnit.SECONDS)).hasMessageContaining("SQLException");
        snapshot.close();
        running.close();
        again.exceptionally(failed -> null).get(20, TimeUnit.SECONDS);
    }

    private static int read(Snapshot snapshot) {
        try {
            int rows = 0;
            while (snapshot.next() != null) {
                rows++;
            }
            return rows;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
