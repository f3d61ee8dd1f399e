package dev.changecast.bench;

import dev.changecast.api.source.Preparation;
import dev.changecast.bench.peer.Capturing;
import dev.changecast.bench.peer.Postgres;
import dev.changecast.bench.report.Section;
import dev.changecast.bench.report.Spread;
import dev.changecast.bench.report.Table;
import dev.changecast.source.postgres.CaptureMode;
import dev.changecast.source.postgres.PostgresSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What capture costs those who write: in time, as they see it, and in WAL. */
final class WriteCost implements Benchmark {
    private static final String TABLE =
            "CREATE TABLE orders (id int PRIMARY KEY, customer int, state text, total numeric, at timestamptz, note text)";

    /**
     * How a database is captured from.
     *
     * @param mode null for not at all
     */
    private record Way(String name, @Nullable CaptureMode mode, String walLevel, String identity) {}

    private static final List<Way> WAYS = List.of(
            new Way("not captured", null, "replica", "DEFAULT"),
            new Way("logical", CaptureMode.LOGICAL, "logical", "DEFAULT"),
            new Way("logical, REPLICA IDENTITY FULL", CaptureMode.LOGICAL, "logical", "FULL"),
            new Way("triggers", CaptureMode.TRIGGER, "replica", "DEFAULT"));

    /** A way to write some rows. */
    private record Work(String name, Writing writing) {}

    @FunctionalInterface
    private interface Writing {
        /** Writes, and says how many rows. */
        int write(Connection connection, Settings settings) throws SQLException;
    }

    private static final List<Work> WORK = List.of(
            new Work("insert, a transaction each", (connection, settings) -> inserts(connection, settings, true)),
            new Work("update, a transaction each", (connection, settings) -> updates(connection, settings, true)),
            new Work("insert, one after the other in a transaction", (c, settings) -> inserts(c, settings, false)),
            new Work("update, one after the other in a transaction", (c, settings) -> updates(c, settings, false)),
            new Work("insert by one statement", WriteCost::bulkInsert),
            new Work("update by one statement", WriteCost::bulkUpdate),
            new Work("delete by one statement", WriteCost::bulkDelete));

    private record Cost(double micros, double processorMicros, double walBytes) {}

    @Override
    public Section run(Settings settings) throws Exception {
        Map<String, Map<String, List<Cost>>> costs = new LinkedHashMap<>();
        for (int run = 0; run < settings.runs(); run++) {
            for (Way way : WAYS) {
                measure(settings, run, way, costs);
            }
        }
        return new Section("writes", "What capture costs those who write")
                .text("Rows of six columns, 100 bytes, written by one connection, while the changes are read and"
                        + " acknowledged on the same machine. For each row: the processor time of the process of the"
                        + " database that serves who writes, the time until the answer, and WAL. The factor is that of"
                        + " triggers to the database that is not captured from.")
                .table(table("processor time, µs", costs, Cost::processorMicros))
                .table(table("time until the answer, µs", costs, Cost::micros))
                .table(table("WAL, bytes", costs, Cost::walBytes));
    }

    private static Table table(
            String title, Map<String, Map<String, List<Cost>>> costs, ToDoubleFunction<Cost> figure) {
        Table table = new Table(title, "not captured", "logical", "logical, `FULL`", "triggers", "factor");
        for (Work work : WORK) {
            List<Object> cells = new ArrayList<>(List.of(work.name));
            List<Double> medians = new ArrayList<>();
            for (Way way : WAYS) {
                Spread spread = Spread.of(costs.getOrDefault(work.name, Map.of()).getOrDefault(way.name, List.of()).stream()
                        .map(figure::applyAsDouble)
                        .toList());
                medians.add(spread.median());
                cells.add(spread);
            }
            cells.add(medians.get(WAYS.size() - 1) / medians.get(0));
            table.row(cells.toArray());
        }
        return table;
    }

    private static void measure(Settings settings, int run, Way way, Map<String, Map<String, List<Cost>>> costs)
            throws Exception {
        String directory = "writes-" + run + "-" + WAYS.indexOf(way);
        try (Postgres postgres = Postgres.start(
                settings.work().resolve(directory),
                Map.of("wal_level", way.walLevel, "autovacuum_naptime", "10s"),
                TABLE,
                "ALTER TABLE orders REPLICA IDENTITY " + way.identity)) {
            try (Capturing capturing =
                    way.mode == null ? Capturing.nothing() : Capturing.start(source(postgres, way))) {
                try (Connection connection = postgres.connect()) {
                    warmUp(connection, settings);
                    for (Work work : WORK) {
                        Cost cost = measure(postgres, connection, settings, work);
                        costs.computeIfAbsent(work.name, name -> new LinkedHashMap<>())
                                .computeIfAbsent(way.name, name -> new ArrayList<>())
                                .add(cost);
                        Progress.say(
                                "writes: %s, %s: %.1f us, %.1f us of processor, %.0f bytes of WAL",
                                way.name, work.name, cost.micros, cost.processorMicros, cost.walBytes);
                        capturing.awaitQuiet();
                        postgres.execute("CHECKPOINT");
                    }
                }
            }
        }
    }

    private static PostgresSource source(Postgres postgres, Way way) throws Exception {
        PostgresSource source = PostgresSource.builder()
                .mode(way.mode == null ? CaptureMode.LOGICAL : way.mode)
                .replication(postgres.url(), Postgres.USER, "")
                .build();
        Preparation preparation = source.preparation().orElse(null);
        if (preparation != null) {
            preparation.execute(preparation.install());
        }
        return source;
    }

    private static Cost measure(Postgres postgres, Connection connection, Settings settings, Work work)
            throws SQLException, IOException {
        int process = processOf(connection);
        long wal = Long.parseLong(postgres.query("SELECT (pg_current_wal_insert_lsn() - '0/0')::int8"));
        long processor = processorNanos(process);
        long began = System.nanoTime();
        int rows = work.writing.write(connection, settings);
        double micros = (System.nanoTime() - began) / 1e3 / rows;
        double processorMicros = (processorNanos(process) - processor) / 1e3 / rows;
        long written = Long.parseLong(postgres.query("SELECT (pg_current_wal_insert_lsn() - '0/0')::int8")) - wal;
        return new Cost(micros, processorMicros, (double) written / rows);
    }

    private static int processOf(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }

    /** What Linux says of a process; 0 elsewhere. */
    private static long processorNanos(int process) throws IOException {
        Path file = Path.of("/proc", Integer.toString(process), "schedstat");
        return Files.exists(file) ? Long.parseLong(Files.readString(file).split(" ")[0]) : 0;
    }

    private static void warmUp(Connection connection, Settings settings) throws SQLException {
        inserts(connection, settings, false);
        updates(connection, settings, false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("TRUNCATE orders");
        }
    }

    private static int inserts(Connection connection, Settings settings, boolean each) throws SQLException {
        int count = count(settings, each);
        connection.setAutoCommit(each);
        int from = each ? 0 : 1_000_000;
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO orders VALUES (?, ?, 'new', 19.90, now(), 'sixty letters that somebody wrote about what he had ordered')")) {
            for (int i = 0; i < count; i++) {
                statement.setInt(1, from + i);
                statement.setInt(2, i % 100);
                statement.execute();
            }
        }
        finish(connection);
        return count;
    }

    private static int updates(Connection connection, Settings settings, boolean each) throws SQLException {
        int count = count(settings, each);
        connection.setAutoCommit(each);
        int from = each ? 0 : 1_000_000;
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE orders SET state = 'sent', at = now() WHERE id = ?")) {
            for (int i = 0; i < count; i++) {
                statement.setInt(1, from + i);
                statement.execute();
            }
        }
        finish(connection);
        return count;
    }

    private static void finish(Connection connection) throws SQLException {
        if (!connection.getAutoCommit()) {
            connection.commit();
            connection.setAutoCommit(true);
        }
    }

    private static int count(Settings settings, boolean each) {
        return each ? settings.count(2_000, 200) : settings.count(10_000, 1_000);
    }

    private static int bulk(Settings settings) {
        return settings.count(50_000, 5_000);
    }

    private static int bulkInsert(Connection connection, Settings settings) throws SQLException {
        return execute(
                connection,
                "INSERT INTO orders SELECT 2000000 + n, n % 100, 'new', 19.90, now(),"
                        + " 'sixty letters that somebody wrote about what he had ordered' FROM generate_series(1, "
                        + bulk(settings) + ") n");
    }

    private static int bulkUpdate(Connection connection, Settings settings) throws SQLException {
        return execute(connection, "UPDATE orders SET state = 'sent' WHERE id > 2000000");
    }

    private static int bulkDelete(Connection connection, Settings settings) throws SQLException {
        return execute(connection, "DELETE FROM orders WHERE id > 2000000");
    }

    private static int execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }
}
