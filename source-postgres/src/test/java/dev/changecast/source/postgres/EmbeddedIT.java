package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A source over a pool that belongs to somebody else. */
class EmbeddedIT {
    private final TestDatabase database = TestServer.shared().database();

    @Test
    void aPoolThatWasGivenIsUsedAndLeftOpenAndAsItWas() throws Exception {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database.url());
        config.setUsername("postgres");
        config.setMaximumPoolSize(1);
        config.setAutoCommit(false);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            try (RunningSource running = RunningSource.start(database.source().dataSource(pool))) {
                database.execute("INSERT INTO t VALUES (1)");
                running.sink.awaitKind("commit");
                SnapshotQuery query =
                        new SnapshotQuery(running.source.relations().get(0), Filter.ALL, List.of(), 0);
                try (Snapshot snapshot =
                        running.source.snapshots().orElseThrow().open(query)) {
                    assertThat(snapshot.next()).isNotNull();
                    assertThat(snapshot.next()).isNull();
                }
                running.source.snapshots().orElseThrow().raiseFence("f");
                running.sink.awaitKind("fence");
            }
            assertThat(pool.isClosed()).isFalse();
            try (var connection = pool.getConnection();
                    var statement = connection.createStatement();
                    var row = statement.executeQuery("SHOW TimeZone")) {
                row.next();
                assertThat(connection.getAutoCommit()).isFalse();
                assertThat(connection.isReadOnly()).isFalse();
                assertThat(pool.getHikariPoolMXBean().getTotalConnections()).isEqualTo(1);
            }
        }
    }

    @Test
    void aHeartbeatConnectionThatWasEndedIsReplaced() {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
        try (RunningSource running = RunningSource.start(database.source())) {
            running.sink.awaitKind("progress");
            String heartbeat = "SELECT pid FROM pg_stat_activity WHERE application_name = 'changecast "
                    + database.name() + " heartbeat'";
            TestServer.await(
                    "the heartbeat's connection",
                    () -> database.query(heartbeat).size() == 1);
            String first = database.query(heartbeat).get(0);
            database.execute("SELECT pg_terminate_backend(" + first + ")");
            TestServer.await(
                    "another one",
                    () -> database.query(heartbeat).size() == 1
                            && !database.query(heartbeat).contains(first));
            database.execute("INSERT INTO t VALUES (1)");
            running.sink.awaitKind("commit");
            assertThat(running.hasEnded()).isFalse();
        }
    }
}
