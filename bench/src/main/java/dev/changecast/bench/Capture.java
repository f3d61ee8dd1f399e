package dev.changecast.bench;

import dev.changecast.bench.load.Numbered;
import dev.changecast.bench.load.Numbers;
import dev.changecast.bench.load.Subscribers;
import dev.changecast.bench.peer.Changecast;
import dev.changecast.bench.peer.Contestant.MissingException;
import dev.changecast.bench.peer.Debezium;
import dev.changecast.bench.peer.Postgres;
import dev.changecast.bench.peer.Relay;
import dev.changecast.bench.peer.Resuming;
import dev.changecast.bench.peer.ServerProcess;
import dev.changecast.bench.peer.SourceReader;
import dev.changecast.bench.report.BarChart;
import dev.changecast.bench.report.Section;
import dev.changecast.bench.report.Spread;
import dev.changecast.bench.report.Table;
import dev.changecast.bench.report.Target;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * How fast a backlog that was written while nobody read comes through: the time from when a reader's slot becomes active
 * until the reader has the last row. Every reader and run has a slot of its own, made before the rows were written.
 */
final class Capture implements Benchmark {
    private static final String CHANGECAST = "Changecast, log and one subscriber";
    private static final String SOURCE = "Changecast, the source alone";
    private static final String DEBEZIUM = "Debezium, embedded engine";
    private static final String RECEIVER = "pg_recvlogical to /dev/null";
    private static final Duration LONGEST = Duration.ofMinutes(5);

    /** Reads everything; returns when it had. */
    private interface Reader {
        /** @return seconds */
        double read(Backlog backlog, int run) throws Exception;
    }

    /** A database with rows that wait, and this project's servers that will read them. */
    private record Backlog(Settings settings, Path directory, Postgres postgres, int rows, List<Waiting> waiting) {}

    /** A server that was stopped before the rows were written, and its subscriber. */
    private record Waiting(Changecast server, Resuming subscriber) {}

    @Override
    public Section run(Settings settings) throws Exception {
        Section section = new Section("capture", "Capture of a backlog");
        Map<String, Spread> batches = measure(settings, settings.count(400_000, 20_000), 100, section);
        Map<String, Spread> singles = measure(settings, settings.count(100_000, 5_000), 1, section);
        BarChart chart = new BarChart("Rows per second, transactions of 100 rows");
        batches.forEach((name, rate) -> chart.bar(name, rate, name.startsWith("Changecast")));
        section.chart("capture.svg", "Rows per second as a plot", chart);
        section.target(Target.atLeast("transactions of 100: of Debezium's rate", ratio(batches, DEBEZIUM), "", 3))
                .target(Target.atLeast(
                        "transactions of 100: of pg_recvlogical's rate", ratio(batches, RECEIVER), "", 0.7))
                .target(Target.atLeast("transactions of 1: of Debezium's rate", ratio(singles, DEBEZIUM), "", 2));
        return section;
    }

    private static double ratio(Map<String, Spread> rates, String other) {
        Spread ours = rates.get(CHANGECAST);
        Spread theirs = rates.get(other);
        return ours == null || theirs == null ? Double.NaN : ours.median() / theirs.median();
    }

    private static Map<String, Spread> measure(Settings settings, int rows, int perTransaction, Section section)
            throws Exception {
        Path directory = settings.work().resolve("capture-" + perTransaction);
        Map<String, Reader> readers = new LinkedHashMap<>();
        readers.put(CHANGECAST, Capture::changecast);
        readers.put(SOURCE, Capture::source);
        readers.put(DEBEZIUM, Capture::debezium);
        readers.put(RECEIVER, Capture::receiver);
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        try (Postgres postgres = Postgres.start(
                directory.resolve("postgres"),
                "CREATE TABLE backlog (id int PRIMARY KEY, a int, b text)",
                "CREATE PUBLICATION others FOR TABLE backlog")) {
            Backlog backlog = new Backlog(settings, directory, postgres, rows, new ArrayList<>());
            prepare(backlog);
            Progress.say("capture: writing %d rows in transactions of %d", rows, perTransaction);
            write(postgres, rows, perTransaction);
            for (int run = 0; run < settings.runs(); run++) {
                for (Map.Entry<String, Reader> reader : readers.entrySet()) {
                    try {
                        double rate = rows / reader.getValue().read(backlog, run);
                        rates.computeIfAbsent(reader.getKey(), name -> new ArrayList<>())
                                .add(rate);
                        Progress.say(
                                "capture, transactions of %d: %s %.0f rows/s", perTransaction, reader.getKey(), rate);
                    } catch (MissingException e) {
                        section.text("Without " + reader.getKey() + ": " + e.getMessage() + ".");
                    }
                }
            }
        }
        Map<String, Spread> spreads = new LinkedHashMap<>();
        Table table = new Table("reader", "rows/s");
        rates.forEach((name, values) -> {
            spreads.put(name, Spread.of(values));
            table.row(name, Spread.of(values));
        });
        section.text("### " + rows + " rows in transactions of " + perTransaction)
                .table(table);
        return spreads;
    }

    private static void prepare(Backlog backlog) throws Exception {
        for (int run = 0; run < backlog.settings.runs(); run++) {
            for (String slot : List.of("source" + run, "debezium" + run, "receiver" + run)) {
                backlog.postgres.execute("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
            }
            Changecast server = Changecast.start(
                    backlog.settings.home(),
                    backlog.directory.resolve("changecast" + run),
                    Changecast.Options.capturing(backlog.postgres, "changecast" + run));
            Resuming subscriber = new Resuming("backlog", false, true);
            Subscribers.connect(server.address(), subscriber, 1, new Numbers()).close();
            server.stop();
            backlog.waiting.add(new Waiting(server, subscriber));
        }
    }

    private static void write(Postgres postgres, int rows, int perTransaction) throws SQLException {
        postgres.execute(
                "DO $$ BEGIN SET synchronous_commit = off; FOR low IN 0.." + (rows - 1) + " BY "
                        + perTransaction + " LOOP INSERT INTO backlog SELECT n, n, '" + Numbered.mark(0)
                        + "' || md5(n::text) FROM generate_series(low, low + " + (perTransaction - 1)
                        + ") n; COMMIT; END LOOP; END $$",
                "CHECKPOINT");
    }

    private static double changecast(Backlog backlog, int run) throws Exception {
        Waiting waiting = backlog.waiting.get(run);
        waiting.server.startAgain();
        long began = waiting.server.awaitReading();
        waiting.server.process().awaitAnswer(waiting.server.address(), "/healthz");
        try (Subscribers subscriber =
                Subscribers.connect(waiting.server.address(), waiting.subscriber, 1, new Numbers())) {
            long deadline = System.nanoTime() + LONGEST.toNanos();
            while (subscriber.delivered() < backlog.rows) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException("only " + subscriber.delivered() + " rows came through");
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
            return (subscriber.lastDelivery() - began) / 1e9;
        } finally {
            waiting.server.stop();
        }
    }

    private static double source(Backlog backlog, int run) throws Exception {
        String slot = "source" + run;
        return untilPrinted(
                SourceReader.start(backlog.directory.resolve(slot), backlog.postgres, slot, backlog.rows),
                backlog,
                slot);
    }

    private static double debezium(Backlog backlog, int run) throws Exception {
        String slot = "debezium" + run;
        return untilPrinted(
                Debezium.start(
                        backlog.settings.home(),
                        backlog.directory.resolve(slot),
                        backlog.postgres,
                        slot,
                        "others",
                        "public.backlog",
                        backlog.rows),
                backlog,
                slot);
    }

    private static double untilPrinted(ServerProcess reader, Backlog backlog, String slot) throws Exception {
        try (reader) {
            long began = Changecast.awaitSlot(backlog.postgres, slot, true);
            reader.awaitPrinted("all rows", LONGEST);
            return (System.nanoTime() - began) / 1e9;
        }
    }

    private static double receiver(Backlog backlog, int run) throws Exception {
        String slot = "receiver" + run;
        List<String> command = new ArrayList<>(Relay.receiving(backlog.postgres.port(), slot, "/dev/null"));
        command.add("--endpos=" + backlog.postgres.query("SELECT pg_current_wal_lsn()"));
        try (ServerProcess process =
                ServerProcess.start("pg_recvlogical", backlog.directory.resolve(slot), Map.of(), command)) {
            long began = Changecast.awaitSlot(backlog.postgres, slot, true);
            process.awaitEnd(LONGEST);
            return (System.nanoTime() - began) / 1e9;
        }
    }
}
