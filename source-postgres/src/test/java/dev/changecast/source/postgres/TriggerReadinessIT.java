package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.StartPoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stands in the way of capture by triggers, and in which words that is said. */
class TriggerReadinessIT {
    @TempDir
    private Path directory;

    private final TestDatabase database = TestServer.shared().database();

    private static List<String> problems(PostgresSourceBuilder builder) {
        try (PostgresSource source = builder.build()) {
            return source.check().problems();
        }
    }

    private static String failure(PostgresSourceBuilder builder) {
        try (RunningSource running = RunningSource.starting(builder, null)) {
            return running.failure(Duration.ofSeconds(20)).getMessage();
        }
    }

    @Test
    void whatIsNotInstalledIsToldWithTheCommandThatInstallsIt() {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
        PostgresSourceBuilder source = TriggerInstallationIT.source(database);
        assertThat(problems(source)).hasSize(1).first().asString().contains("changecast postgres install");
        assertThat(failure(source)).contains("has no triggers of Changecast").contains("changecast postgres install");
        TriggerInstallationIT.install(source);
        assertThat(problems(source)).isEmpty();
        database.execute("CREATE TABLE late (id int)");
        try (PostgresSource checked = source.build()) {
            assertThat(checked.check().warnings()).anyMatch(warning -> warning.startsWith("\"public\".\"late\" lacks"));
        }
        assertThat(problems(source.tables("public.late"))).anyMatch(problem -> problem.contains("\"late\" lacks"));
    }

    @Test
    void aSequenceThatNumbersInAdvanceIsRefused() {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
        PostgresSourceBuilder source = TriggerInstallationIT.source(database);
        TriggerInstallationIT.install(source);
        database.execute("ALTER SEQUENCE changecast.change_id CACHE 10");
        assertThat(problems(source))
                .anyMatch(problem -> problem.contains("ALTER SEQUENCE changecast.change_id CACHE 1"));
    }

    @Test
    void aUserWithoutPrivilegesIsToldThoseItNeedsAndCapturesWithThem() {
        String user = "reader_" + database.name();
        database.execute(
                "CREATE TABLE t (id int PRIMARY KEY)",
                "CREATE ROLE " + user + " LOGIN",
                "CREATE ROLE writer_" + database.name());
        TriggerInstallationIT.install(TriggerInstallationIT.source(database));
        PostgresSourceBuilder source = TriggerInstallationIT.source(database).replication(database.url(), user, null);
        List<String> problems = problems(source);
        assertThat(problems).hasSize(1).first().asString().contains("lacks privileges");
        database.execute(TriggerInstallation.grants(user), "GRANT INSERT ON t TO writer_" + database.name());
        assertThat(problems(source)).isEmpty();
        try (RunningSource running = RunningSource.start(source)) {
            // Who writes needs no privilege of ours.
            database.execute("SET ROLE writer_" + database.name(), "INSERT INTO t VALUES (1)");
            running.sink.await(event -> event.toString().contains("\"id\":1"));
            TestServer.await(
                    "it is trimmed",
                    () -> database.query("SELECT count(*)::text FROM changecast.change")
                            .get(0)
                            .equals("0"));
        } finally {
            database.execute(
                    "DROP OWNED BY " + user,
                    "DROP ROLE " + user,
                    "DROP OWNED BY writer_" + database.name(),
                    "DROP ROLE writer_" + database.name());
        }
    }

    @Test
    void aPoolerInTransactionModeIsRecognisedAndOneThatKeepsSessionsIsUsed() throws Exception {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
        TriggerInstallationIT.install(TriggerInstallationIT.source(database));
        try (PoolerProxy transactions = new PoolerProxy(database.server().port(), false);
                PoolerProxy sessions = new PoolerProxy(database.server().port(), true)) {
            PostgresSourceBuilder through =
                    TriggerInstallationIT.source(database).replication(url(transactions.port()), "postgres", null);
            assertThat(failure(through))
                    .contains("a connection pooler in transaction mode")
                    .contains("LISTEN");
            assertThat(problems(through)).anyMatch(problem -> problem.contains("pooler in transaction mode"));
            through.replication(url(sessions.port()), "postgres", null);
            assertThat(problems(through)).isEmpty();
            try (RunningSource running = RunningSource.start(through)) {
                database.execute("INSERT INTO t VALUES (1)");
                running.sink.await(event -> event.toString().contains("\"id\":1"));
            }
        }
    }

    private String url(int port) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database.name();
    }

    private TestServer server() {
        return TestServer.start(builder -> builder.setDataDirectory(directory.resolve("data"))
                .setCleanDataDirectory(false)
                .setServerConfig("wal_level", "replica"));
    }

    @Test
    void aStandbyIsRefusedAndOnceItIsPromotedTheHistoryGoesOn() throws Exception {
        StartPoint end;
        String name;
        try (TestServer primary = server()) {
            TestDatabase own = primary.database();
            name = own.name();
            own.execute("CREATE TABLE t (id int PRIMARY KEY)");
            TriggerInstallationIT.install(TriggerInstallationIT.source(own));
            try (RunningSource running = RunningSource.start(TriggerInstallationIT.source(own))) {
                own.execute("INSERT INTO t VALUES (1)");
                running.sink.awaitKind("commit");
                end = running.end();
            }
        }
        Files.createFile(directory.resolve("data").resolve("standby.signal"));
        try (TestServer standby = server()) {
            TestDatabase own = new TestDatabase(standby, name);
            PostgresSourceBuilder source = TriggerInstallationIT.source(own);
            assertThat(failure(source)).contains("is a read-only standby").contains("the primary's address");
            assertThat(problems(source)).anyMatch(problem -> problem.contains("read-only standby"));
            own.execute("SELECT pg_promote()");
            TestServer.await(
                    "promotion", () -> own.query("SELECT pg_is_in_recovery()").equals(List.of("f")));
            own.execute("INSERT INTO t VALUES (2)");
            try (RunningSource running = RunningSource.start(source, end)) {
                running.sink.await(event -> event.toString().contains("\"id\":2"));
                assertThat(running.sink.epoch()).isEqualTo(end.epoch());
                assertThat(running.sink.changes()).hasSize(1);
            }
        }
    }
}
