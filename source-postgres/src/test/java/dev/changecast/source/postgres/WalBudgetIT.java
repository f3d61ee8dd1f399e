package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.SourceFigure;
import dev.changecast.api.source.SourceReport;
import dev.changecast.api.source.StartPoint;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a source tells of its slot, and what becomes of a slot that makes the database keep too much. */
class WalBudgetIT {
    private static final long MIB = 1024 * 1024;

    private final TestDatabase database = TestServer.shared().database();

    @BeforeEach
    void table() {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
    }

    private PostgresSourceBuilder source(OverBudget then) {
        return database.source().walBudget(16 * MIB, then);
    }

    /** A transaction that ends only with the connection keeps nothing back; what is not acknowledged does. */
    private void write(int mebibytes) {
        for (int i = 0; i < mebibytes; i++) {
            database.query("SELECT pg_logical_emit_message(false, 'filling', repeat('x', 1048576))::text");
        }
        // Only what is on the disk counts, and messages outside a transaction wait for somebody else's commit.
        database.execute("CREATE TABLE IF NOT EXISTS flushed (n int)", "INSERT INTO flushed VALUES (1)");
    }

    private static double figure(SourceReport report, String name) {
        return report.figures().stream()
                .filter(figure -> figure.name().equals(name))
                .mapToDouble(SourceFigure::value)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " in " + report));
    }

    @Test
    void aSourceTellsHowMuchTheDatabaseKeepsForIt() throws Exception {
        try (RunningSource running =
                RunningSource.start(source(OverBudget.WARN)).acknowledging(false)) {
            write(3);
            SourceReport report = running.source.report();

            assertThat(report.problems()).isEmpty();
            assertThat(figure(report, "changecast_postgres_slot_active")).isEqualTo(1);
            assertThat(figure(report, "changecast_postgres_slot_lost")).isZero();
            assertThat(figure(report, "changecast_postgres_slot_retained_bytes"))
                    .isBetween(3.0 * MIB, 16.0 * MIB);
            assertThat(figure(report, "changecast_source_lag_bytes")).isBetween(3.0 * MIB, 16.0 * MIB);
            assertThat(figure(report, "changecast_postgres_slot_budget_bytes")).isEqualTo(16.0 * MIB);
            assertThat(figure(report, "changecast_postgres_slot_released_total"))
                    .isZero();
            assertThat(figure(report, "changecast_postgres_connections_limit")).isEqualTo(4);
        }
    }

    @Test
    void whatIsConfirmedIsKeptNoLonger() throws Exception {
        try (RunningSource running =
                RunningSource.start(source(OverBudget.WARN)).acknowledging(true)) {
            write(3);
            database.execute("INSERT INTO t VALUES (1)");
            TestServer.await("the lag to be small again", () -> lag(running) < MIB);
        }
    }

    private static double lag(RunningSource running) {
        try {
            return figure(running.source.report(), "changecast_source_lag_bytes");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aSlotOverItsBudgetIsAProblemInWordsAndStays() throws Exception {
        try (RunningSource running =
                RunningSource.start(source(OverBudget.WARN)).acknowledging(false)) {
            write(20);
            SourceReport report = running.source.report();

            assertThat(report.problems()).hasSize(1);
            assertThat(report.problems().get(0))
                    .startsWith("slot " + database.slot() + " makes the database keep 2")
                    .contains("more than its budget of 16 MiB (wal_budget)");
            assertThat(running.hasEnded()).isFalse();
            assertThat(database.query("SELECT active::text FROM pg_replication_slots WHERE slot_name = '"
                            + database.slot() + "'"))
                    .containsExactly("true");
        }
    }

    @Test
    void aSlotOverItsBudgetIsGivenUpWhereThatIsWantedAndClientsAreTold() throws Exception {
        StartPoint end;
        try (RunningSource running =
                RunningSource.start(source(OverBudget.RELEASE)).acknowledging(false)) {
            end = running.end();
            write(20);
            SourceReport report = running.source.report();

            assertThat(report.problems()).hasSize(1);
            assertThat(figure(report, "changecast_postgres_slot_released_total"))
                    .isEqualTo(1);
            running.failure(Duration.ofSeconds(10));
            assertThat(database.query("SELECT 1 FROM pg_replication_slots WHERE slot_name = '" + database.slot() + "'"))
                    .isEmpty();
            SourceReport after = running.source.report();
            assertThat(after.problems()).isEmpty();
            assertThat(figure(after, "changecast_postgres_slot_lost")).isEqualTo(1);
        }
        try (RunningSource again = RunningSource.starting(source(OverBudget.RELEASE), end)) {
            assertThat(again.sink.awaitKind("reset").text()).contains("SLOT_LOST");
        }
    }

    @Test
    void aSlotThatNobodyReadsIsGivenUpTooWhileItsServerIsThere() throws Exception {
        RunningSource.start(source(OverBudget.RELEASE)).close();
        write(20);
        try (PostgresSource waiting = source(OverBudget.RELEASE).build()) {
            assertThat(figure(waiting.report(), "changecast_postgres_slot_released_total"))
                    .isEqualTo(1);
        }
    }
}
