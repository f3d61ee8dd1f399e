package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.CheckResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is wrong is said with its remedy, all at once, and a run says the same. */
class CheckIT {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final TestDatabase database = TestServer.shared().database();

    private void table() {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
    }

    private static CheckResult check(PostgresSourceBuilder builder) {
        try (PostgresSource source = builder.build()) {
            return source.check();
        }
    }

    /** The one problem, which the run has to name too. */
    private static String problem(PostgresSourceBuilder builder) {
        CheckResult result = check(builder);
        assertThat(result.problems()).hasSize(1);
        try (RunningSource running = RunningSource.starting(builder, null)) {
            Throwable failure = running.failure(Duration.ofSeconds(15));
            assertThat(failure).isInstanceOf(ChangecastException.class);
            assertThat(failure.getMessage()).contains(result.problems().get(0));
        }
        return result.problems().get(0);
    }

    private static String role(String attributes) {
        String role = "role_" + NUMBER.incrementAndGet();
        TestServer.shared().execute("postgres", "CREATE ROLE " + role + " LOGIN " + attributes);
        return role;
    }

    @Test
    void aPreparedDatabaseIsFine() {
        table();
        assertThat(check(database.source())).isEqualTo(CheckResult.OK);
        try (RunningSource running = RunningSource.start(database.source())) {
            assertThat(running.source.check()).isEqualTo(CheckResult.OK);
        }
    }

    @Test
    void aDatabaseThatIsNotThereIsNamedWithoutThePassword() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        CheckResult result = check(PostgresSource.builder()
                .replication("jdbc:postgresql://127.0.0.1:" + port + "/app?password=hidden2", "anna", "hidden1"));
        assertThat(result.problems())
                .isNotEmpty()
                .allSatisfy(problem -> assertThat(problem)
                        .contains("cannot reach the database at 127.0.0.1:" + port + "/app as anna")
                        .doesNotContain("hidden"));
    }

    @Test
    void aDatabaseNameThatDoesNotExistIsSaid() {
        assertThat(check(PostgresSource.builder()
                                .replication(TestServer.shared().url("nowhere"), "postgres", null))
                        .problems())
                .allMatch(problem -> problem.startsWith("there is no such database at "));
    }

    @Test
    void aWrongUserIsRefused() {
        assertThat(check(PostgresSource.builder().replication(database.url(), "nobody", "hidden"))
                        .problems())
                .isNotEmpty()
                .allMatch(problem -> problem.contains("refuses user nobody: check user, password and pg_hba.conf"))
                .noneMatch(problem -> problem.contains("hidden"));
    }

    @Test
    void aWalLevelThatTellsTooLittleIsSaid() {
        try (TestServer server = TestServer.start(builder -> builder.setServerConfig("wal_level", "replica"))) {
            TestDatabase plain = server.database();
            plain.execute("CREATE TABLE t (id int PRIMARY KEY)");
            assertThat(problem(plain.source()))
                    .isEqualTo(
                            "wal_level is replica, not logical: ALTER SYSTEM SET wal_level = 'logical', then restart the"
                                    + " database");
        }
    }

    @Test
    void theReplicationPrivilegeIsNeeded() {
        table();
        database.execute("CREATE PUBLICATION changecast FOR TABLE t WITH (publish_via_partition_root = true)");
        String role = role("");
        assertThat(problem(database.source().replication(database.url(), role, null)))
                .contains("ALTER ROLE \"" + role + "\" REPLICATION");
    }

    @Test
    void aMissingPublicationThatMayNotBeMadeIsSaid() {
        table();
        String role = role("REPLICATION");
        assertThat(check(database.source().replication(database.url(), role, null))
                        .problems())
                .containsExactly("publication changecast does not exist, and user " + role
                        + " may not make it: GRANT CREATE ON DATABASE \"" + database.name() + "\" TO \"" + role + "\"");
        assertThat(problem(database.source().create(false).temporary(true)))
                .startsWith("publication changecast does not exist: CREATE PUBLICATION \"changecast\"");
    }

    @Test
    void aMissingSlotThatIsNotToBeMadeIsSaid() {
        table();
        database.execute("CREATE PUBLICATION changecast FOR TABLE t WITH (publish_via_partition_root = true)");
        assertThat(problem(database.source().create(false)))
                .startsWith("slot " + database.slot() + " does not exist: SELECT pg_create_logical_replication_slot('");
    }

    @Test
    void tablesThatMatchNothingAreSaid() {
        table();
        assertThat(problem(database.source().tables("sales.*"))).startsWith("no table matches [sales.*] in database");
    }

    @Test
    void aTableThatIsNamedAndNotThereIsDoubtful() {
        table();
        CheckResult result = check(database.source().tables("public.t", "public.orders", "sales.*"));
        assertThat(result.problems()).isEmpty();
        assertThat(result.warnings())
                .singleElement()
                .asString()
                .startsWith("there is no table public.orders in database ");
    }

    @Test
    void slotsOfOthersAreLeftAlone() {
        table();
        TestDatabase other = TestServer.shared().database();
        other.execute("SELECT pg_create_logical_replication_slot('" + database.slot() + "', 'pgoutput')");
        assertThat(problem(database.source()))
                .isEqualTo("slot " + database.slot() + " belongs to database " + other.name() + ", not to "
                        + database.name() + ": choose another name for slot");
        database.execute("SELECT pg_create_physical_replication_slot('physical_" + database.name() + "')");
        assertThat(problem(database.source().slot("physical_" + database.name())))
                .contains("is a physical slot, not a logical one with pgoutput");
    }

    @Test
    void aSlotInUseIsNamedWithItsProcess() {
        table();
        try (RunningSource running = RunningSource.start(database.source())) {
            running.sink.awaitKind("progress");
            assertThat(check(database.source()).problems())
                    .singleElement()
                    .asString()
                    .startsWith("slot " + database.slot() + " is in use by process ");
        }
    }

    @Test
    void aPublishedTableWithoutIdentityIsAProblemOfTheApplication() {
        table();
        database.execute("CREATE TABLE log (line text)");
        CheckResult leftOut = check(database.source());
        assertThat(leftOut.problems()).isEmpty();
        assertThat(leftOut.warnings()).singleElement().asString().startsWith("not captured: log has neither");
        assertThat(problem(database.source().tables("public.log"))).contains("ALTER TABLE log REPLICA IDENTITY FULL");
        try (RunningSource running = RunningSource.start(database.source())) {
            // The application goes on.
            database.execute("INSERT INTO log VALUES ('x')", "UPDATE log SET line = 'y'", "INSERT INTO t VALUES (1)");
            running.sink.awaitKind("commit");
            assertThat(running.sink.changes()).hasSize(1);
        }
        database.execute("ALTER PUBLICATION changecast ADD TABLE log");
        assertThat(check(database.source()).problems())
                .singleElement()
                .asString()
                .startsWith("log has neither");
    }

    @Test
    void aTableOfAnotherRoleIsSaid() {
        table();
        String role = role("REPLICATION");
        database.execute(
                "GRANT CREATE ON DATABASE " + database.name() + " TO " + role,
                "CREATE TABLE mine (id int PRIMARY KEY)",
                "ALTER TABLE mine OWNER TO " + role,
                "SET ROLE " + role,
                "CREATE PUBLICATION changecast FOR TABLE mine");
        CheckResult result = check(database.source().replication(database.url(), role, null));
        assertThat(result.problems()).isEmpty();
        assertThat(result.warnings())
                .singleElement()
                .asString()
                .contains("\"public\".\"t\" is not in publication changecast and belongs to another role");
        assertThat(check(database.source()
                                .replication(database.url(), role, null)
                                .tables("public.t"))
                        .problems())
                .hasSize(1);
    }

    @Test
    void partitionsWithAnotherIdentityAreSaid() {
        database.execute(
                "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
                "ALTER TABLE p REPLICA IDENTITY FULL");
        assertThat(check(database.source()).warnings())
                .singleElement()
                .asString()
                .startsWith("partitions of \"public\".\"p\" have another REPLICA IDENTITY than the table itself (p1)");
    }

    @Test
    void settingsThatHurtAndExhaustedSlotsAreSaidTogether() {
        try (TestServer server = TestServer.start(builder -> builder.setServerConfig("max_replication_slots", "1")
                .setServerConfig("max_wal_senders", "1")
                .setServerConfig("wal_sender_timeout", "0")
                .setServerConfig("max_slot_wal_keep_size", "1GB"))) {
            TestDatabase full = server.database();
            full.execute("CREATE TABLE t (id int PRIMARY KEY)");
            try (RunningSource other = RunningSource.start(full.source().slot("other"))) {
                full.execute("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()");
                TestServer.await(
                        "the setting holds",
                        () -> full.query("SHOW synchronous_standby_names").contains("*"));
                CheckResult result = check(full.source());
                assertThat(result.problems()).hasSize(2);
                assertThat(result.problems().get(0)).contains("raise max_connections or max_wal_senders");
                assertThat(result.problems().get(1)).startsWith("all 1 replication slots are in use");
                assertThat(result.warnings())
                        .anyMatch(text -> text.startsWith("synchronous_standby_names is '*'"))
                        .anyMatch(text -> text.startsWith("wal_sender_timeout is 0"))
                        .anyMatch(text -> text.startsWith("max_slot_wal_keep_size is 1GB"));
                assertThat(other.hasEnded()).isFalse();
            }
        }
    }

    @Test
    void aDatabaseThatDoesNotSayItsEncodingIsRefused() {
        TestDatabase ascii =
                TestServer.shared().database("TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");
        ascii.execute("CREATE TABLE t (id int PRIMARY KEY)");
        assertThat(problem(ascii.source())).contains("has the encoding SQL_ASCII");
    }

    @Test
    void aPoolerInTheWayIsRecognised() throws IOException {
        try (ServerSocket pooler = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            while (true) {
                                answerAsPooler(pooler.accept());
                            }
                        } catch (IOException closed) {
                            // The end of the test.
                        }
                    },
                    "test-pooler");
            thread.setDaemon(true);
            thread.start();
            CheckResult result = check(PostgresSource.builder()
                    .replication(
                            "jdbc:postgresql://127.0.0.1:" + pooler.getLocalPort() + "/app?sslmode=disable", "u", "p"));
            assertThat(result.problems()).isNotEmpty().allMatch(problem -> problem.contains("a connection pooler"));
        }
    }

    /** PgBouncer's answer to a start-up parameter that it does not know. */
    private static void answerAsPooler(Socket socket) throws IOException {
        try (socket) {
            int length = new java.io.DataInputStream(socket.getInputStream()).readInt();
            socket.getInputStream().readNBytes(length - 4);
            byte[] fields =
                    "SFATAL\0C08P01\0Munsupported startup parameter: replication\0\0".getBytes(StandardCharsets.UTF_8);
            java.io.DataOutputStream out = new java.io.DataOutputStream(socket.getOutputStream());
            out.write('E');
            out.writeInt(fields.length + 4);
            out.write(fields);
            out.flush();
        }
    }

    @Test
    void aRefusedRunHasTheCodeOfADatabaseThatIsNotReady() {
        table();
        try (RunningSource running = RunningSource.starting(database.source().tables("sales.*"), null)) {
            ChangecastException failure = (ChangecastException) running.failure(Duration.ofSeconds(10));
            assertThat(failure.code()).isEqualTo(ErrorCode.SOURCE_NOT_READY);
        }
    }
}
