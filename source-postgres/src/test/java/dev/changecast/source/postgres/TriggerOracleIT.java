package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.testing.RecordedRow;
import dev.changecast.testing.RecordingSink;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Many writers at once, at random, each changing the same few rows in transactions that overlap. They keep to an invariant
 * (each transaction moves an amount from one account to others), so a state that the database never had is recognised.
 */
class TriggerOracleIT {
    private static final int ACCOUNTS = 8;
    private static final int WRITERS = 6;
    private static final int TRANSACTIONS = 120;

    private final TestDatabase database = TestServer.shared().database();
    private final long seed = Long.getLong("changecast.seed", System.nanoTime());

    @Test
    void eachBatchEndsInAStateThatTheDatabaseHadAndTheLastIsThePresentOne() throws Exception {
        database.execute(
                "CREATE TABLE account (id int PRIMARY KEY, amount int NOT NULL)",
                "INSERT INTO account SELECT i, 100 FROM generate_series(1, " + ACCOUNTS + ") i",
                "CREATE TABLE note (id int PRIMARY KEY, writer int)");
        PostgresSourceBuilder source = TriggerInstallationIT.source(database);
        TriggerInstallationIT.install(source);
        ExecutorService writers = Executors.newCachedThreadPool();
        try (RunningSource running = RunningSource.start(source);
                RunningSource second = RunningSource.start(source.slot("second"));
                Connection idle = database.connect()) {
            // Holds back the oldest transaction all the time.
            idle.setAutoCommit(false);
            idle.createStatement().execute("INSERT INTO note VALUES (0, 0)");
            List<Future<?>> done = new ArrayList<>();
            for (int i = 1; i <= WRITERS; i++) {
                int writer = i;
                done.add(writers.submit(() -> write(writer)));
            }
            List<Taken> snapshots = new ArrayList<>();
            while (!done.stream().allMatch(Future::isDone)) {
                snapshots.add(take(running));
            }
            for (Future<?> future : done) {
                future.get(60, TimeUnit.SECONDS);
            }
            idle.commit();
            running.source.snapshots().orElseThrow().raiseFence("end");
            running.sink.awaitKind("fence");
            String last = database.query("SELECT string_agg(id || '=' || amount, ',' ORDER BY id) FROM account")
                    .get(0);
            Replay replay = new Replay();
            Map<Long, String> states = replay.all(running.sink.events());
            assertThat(replay.broken).as("seed " + seed).isEmpty();
            assertThat(replay.state()).as("seed " + seed).isEqualTo(last);
            assertThat(snapshots.size()).isGreaterThan(2);
            for (Taken taken : snapshots) {
                assertThat(taken.rows)
                        .as("the snapshot of tick " + taken.tick(states) + ", seed " + seed)
                        .isEqualTo(taken.tick(states) == 0 ? initial() : states.get(taken.tick(states)));
            }
            Position end = running.sink.last().position();
            second.sink.await(event -> event.is("commit")
                    && event.position().major() >= states.keySet().stream().reduce(0L, Math::max) + 1);
            assertThat(end).isNotNull();
            assertThat(changes(second)).isEqualTo(changes(running));
        } finally {
            writers.shutdownNow();
        }
    }

    private static String initial() {
        StringBuilder state = new StringBuilder();
        for (int i = 1; i <= ACCOUNTS; i++) {
            state.append(i == 1 ? "" : ",").append(i).append("=100");
        }
        return state.toString();
    }

    private static List<String> changes(RunningSource running) {
        return running.sink.changes().stream()
                .map(event -> event + "@" + event.position())
                .toList();
    }

    private Void write(int writer) throws SQLException {
        Random random = new Random(seed + writer);
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int i = 0; i < TRANSACTIONS; i++) {
                try {
                    if (random.nextInt(3) == 0) {
                        // Gets its number early and writes late, so that younger ones write before it.
                        statement.execute("SELECT pg_current_xact_id(), pg_sleep(" + random.nextInt(10) / 1000.0 + ")");
                    }
                    int from = 1 + random.nextInt(ACCOUNTS);
                    int to = 1 + random.nextInt(ACCOUNTS);
                    int amount = 1 + random.nextInt(9);
                    int changed = statement.executeUpdate(
                            "UPDATE account SET amount = amount - " + amount + " WHERE id = " + from);
                    if (random.nextInt(5) == 0) {
                        statement.execute("SAVEPOINT s");
                        statement.execute("UPDATE account SET amount = amount - 1000 WHERE id = " + to);
                        statement.execute("ROLLBACK TO s");
                    }
                    changed += statement.executeUpdate(
                            "UPDATE account SET amount = amount + " + amount + " WHERE id = " + to);
                    if (random.nextInt(10) == 0) {
                        // The same key, gone and there again in one transaction.
                        statement.execute("WITH gone AS (DELETE FROM account WHERE id = " + from
                                + " RETURNING *) SELECT set_config('test.amount', amount::text, true) FROM gone");
                        statement.execute(
                                "INSERT INTO account VALUES (" + from + ", current_setting('test.amount')::int)");
                    }
                    // An update that waited for the row's deletion finds nothing.
                    if (changed < 2 || random.nextInt(8) == 0) {
                        connection.rollback();
                    } else {
                        connection.commit();
                    }
                } catch (SQLException e) {
                    // Deadlocks are part of it.
                    connection.rollback();
                }
            }
        }
        return null;
    }

    private record Taken(Snapshot snapshot, String rows) {
        /** The last tick that it holds. */
        long tick(Map<Long, String> states) {
            return states.keySet().stream()
                    .filter(tick -> snapshot.contains(null, new Position(tick, 1)))
                    .reduce(0L, Math::max);
        }
    }

    private static Taken take(RunningSource running) throws Exception {
        Relation account = running.source.relations().stream()
                .filter(relation -> relation.name().equals("account"))
                .findFirst()
                .orElseThrow();
        SnapshotQuery query = new SnapshotQuery(account, Filter.ALL, List.of(), 0);
        TreeMap<Integer, Integer> rows = new TreeMap<>();
        try (Snapshot snapshot = running.source.snapshots().orElseThrow().open(query)) {
            for (Row row = snapshot.next(); row != null; row = snapshot.next()) {
                rows.put(Integer.parseInt(row.text(0)), Integer.parseInt(row.text(1)));
            }
            return new Taken(snapshot, text(rows));
        }
    }

    private static String text(Map<Integer, Integer> rows) {
        List<String> parts = new ArrayList<>();
        rows.forEach((id, amount) -> parts.add(id + "=" + amount));
        return String.join(",", parts);
    }

    /** Applies what was told, and looks at the state after each batch. */
    private static final class Replay {
        final List<String> broken = new ArrayList<>();
        private final TreeMap<Integer, Integer> rows = new TreeMap<>();

        Replay() {
            for (int i = 1; i <= ACCOUNTS; i++) {
                rows.put(i, 100);
            }
        }

        Map<Long, String> all(List<RecordingSink.Event> events) {
            Map<Long, String> states = new TreeMap<>();
            for (RecordingSink.Event event : events) {
                if (event.is("commit")) {
                    int sum = rows.values().stream().mapToInt(Integer::intValue).sum();
                    if (sum != 100 * ACCOUNTS || rows.size() != ACCOUNTS) {
                        broken.add(event.position() + ": " + rows);
                    }
                    states.put(event.position().major() - 1, state());
                } else if (event.isChange() && event.relation().name().equals("account")) {
                    apply(event);
                }
            }
            return states;
        }

        private void apply(RecordingSink.Event event) {
            Integer expected = event.beforeRow() == null ? null : rows.remove(number(event.beforeRow(), 0));
            if (event.beforeRow() != null && !number(event.beforeRow(), 1).equals(expected)) {
                broken.add(event + " follows " + expected);
            }
            if (event.afterRow() != null) {
                rows.put(number(event.afterRow(), 0), number(event.afterRow(), 1));
            }
        }

        private static Integer number(RecordedRow row, int column) {
            return Integer.valueOf(row.text(column));
        }

        String state() {
            return text(rows);
        }
    }
}
