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
import java.util.function.Function;

/**
 * How fast a backlog that was written while nobody read comes through. Each reader reads several: one when it has just
 * been started, from when its slot becomes active until it has the last row; and more that were written while its process
 * was suspended, each from when it goes on. Of those the last counts: by then a Java process has compiled its code.
 */
final class Capture implements Benchmark {
    private static final String CHANGECAST = "Changecast, log and one subscriber";
    private static final String SOURCE = "Changecast, the source alone";
    private static final String DEBEZIUM = "Debezium, embedded engine";
    private static final String RECEIVER = "pg_recvlogical to /dev/null";
    private static final Duration LONGEST = Duration.ofMinutes(5);

    /** How many backlogs a reader reads. */
    private static final int BACKLOGS = 4;

    /** Reads them. */
    private interface Reader {
        Times read(Bench bench, String slot) throws Exception;
    }

    /** How many seconds the first and the last took. */
    private record Times(double fresh, double warm) {}

    /** Rows per second of one reader in all runs. */
    private record Rates(List<Double> all, List<Double> allWarm) {
        Spread fresh() {
            return Spread.of(all);
        }

        Spread warm() {
            return Spread.of(allWarm);
        }
    }

    @Override
    public Section run(Settings settings) throws Exception {
        Section section = new Section("capture", "Capture of a backlog");
        Map<String, Rates> batches = measure(settings, settings.count(400_000, 20_000), 100, section);
        Map<String, Rates> singles = measure(settings, settings.count(100_000, 5_000), 1, section);
        BarChart chart = new BarChart("Rows per second of a running process, transactions of 100 rows");
        batches.forEach((name, rates) -> chart.bar(name, rates.warm(), name.startsWith("Changecast")));
        section.chart("capture.svg", "Rows per second as a plot", chart);
        target(section, batches, "transactions of 100: of Debezium's rate", DEBEZIUM, 3);
        target(section, batches, "transactions of 100: of pg_recvlogical's rate", RECEIVER, 0.7);
        target(section, singles, "transactions of 1: of Debezium's rate", DEBEZIUM, 2);
        return section;
    }

    private static void target(Section section, Map<String, Rates> rates, String what, String other, double atLeast) {
        section.target(Target.atLeast(what + ", running", ratio(rates, other, Rates::warm), "", atLeast))
                .target(Target.atLeast(what + ", just started", ratio(rates, other, Rates::fresh), "", atLeast));
    }

    private static double ratio(Map<String, Rates> rates, String other, Function<Rates, Spread> which) {
        Rates ours = rates.get(CHANGECAST);
        Rates theirs = rates.get(other);
        return ours == null || theirs == null
                ? Double.NaN
                : which.apply(ours).median() / which.apply(theirs).median();
    }

    private static Map<String, Rates> measure(Settings settings, int rows, int perTransaction, Section section)
            throws Exception {
        Path directory = settings.work().resolve("capture-" + perTransaction);
        Map<String, Reader> readers = new LinkedHashMap<>();
        readers.put(CHANGECAST, Capture::changecast);
        readers.put(SOURCE, Capture::source);
        readers.put(DEBEZIUM, Capture::debezium);
        readers.put(RECEIVER, Capture::receiver);
        readers.keySet().removeIf(name -> !settings.wants(name));
        Map<String, Rates> rates = new LinkedHashMap<>();
        try (Postgres postgres = Postgres.start(
                directory.resolve("postgres"),
                "CREATE TABLE backlog (id int PRIMARY KEY, a int, b text)",
                "CREATE PUBLICATION others FOR TABLE backlog")) {
            Bench bench = new Bench(settings.home(), directory, postgres, rows, perTransaction);
            // Not counted: the subscriber is part of this process, which is warm from then on.
            read(bench, "nobody", Capture::changecast);
            for (int run = 0; run < settings.runs(); run++) {
                for (Map.Entry<String, Reader> reader : readers.entrySet()) {
                    try {
                        Times times = read(bench, "run" + run, reader.getValue());
                        Rates all = rates.computeIfAbsent(
                                reader.getKey(), name -> new Rates(new ArrayList<>(), new ArrayList<>()));
                        all.all.add(rows / times.fresh);
                        all.allWarm.add(rows / times.warm);
                        Progress.say(
                                "capture, transactions of %d: %s %.0f rows/s when just started, %.0f running",
                                perTransaction, reader.getKey(), rows / times.fresh, rows / times.warm);
                    } catch (MissingException e) {
                        section.text("Without " + reader.getKey() + ": " + e.getMessage() + ".");
                    }
                }
            }
        }
        Table table = new Table("reader", "rows/s, running", "rows/s, just started");
        rates.forEach((name, each) -> table.row(name, each.warm(), each.fresh()));
        section.text("### " + rows + " rows in transactions of " + perTransaction)
                .table(table);
        return rates;
    }

    private static Times read(Bench bench, String slot, Reader reader) throws Exception {
        bench.postgres.execute("TRUNCATE backlog", "CHECKPOINT");
        try {
            return reader.read(bench, slot);
        } finally {
            Changecast.awaitSlot(bench.postgres, slot, false);
            bench.postgres.execute("SELECT pg_drop_replication_slot('" + slot + "')");
        }
    }

    /** A database, and what is written into it for each backlog. */
    private record Bench(Path home, Path directory, Postgres postgres, int rows, int perTransaction) {
        void makeSlot(String slot) throws SQLException {
            postgres.execute("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
        }

        /** @param number of the backlog, from 0 */
        void write(int number) throws SQLException {
            int first = number * rows;
            postgres.execute(
                    "DO $$ BEGIN SET synchronous_commit = off; FOR low IN " + first + ".." + (first + rows - 1) + " BY "
                            + perTransaction + " LOOP INSERT INTO backlog SELECT n, n, '" + Numbered.mark(0)
                            + "' || md5(n::text) FROM generate_series(low, low + " + (perTransaction - 1)
                            + ") n; COMMIT; END LOOP; END $$",
                    "CHECKPOINT");
        }
    }

    private static Times changecast(Bench bench, String slot) throws Exception {
        try (Changecast server = Changecast.start(
                bench.home,
                bench.directory.resolve("changecast-" + slot),
                Changecast.Options.capturing(bench.postgres, slot))) {
            Resuming subscription = new Resuming("backlog", false, true);
            Subscribers.connect(server.address(), subscription, 1, new Numbers())
                    .close();
            server.stop();
            bench.write(0);
            server.startAgain();
            long began = server.awaitReading();
            server.process().awaitAnswer(server.address(), "/healthz");
            try (Subscribers subscriber = Subscribers.connect(server.address(), subscription, 1, new Numbers())) {
                awaitDelivered(subscriber, bench.rows);
                double fresh = (subscriber.lastDelivery() - began) / 1e9;
                for (int i = 1; i < BACKLOGS; i++) {
                    server.process().suspend();
                    bench.write(i);
                    began = System.nanoTime();
                    server.process().resume();
                    awaitDelivered(subscriber, (i + 1) * bench.rows);
                }
                return new Times(fresh, (subscriber.lastDelivery() - began) / 1e9);
            }
        }
    }

    private static void awaitDelivered(Subscribers subscriber, int rows) throws TimeoutException {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (subscriber.delivered() < rows) {
            if (System.nanoTime() > deadline) {
                throw new TimeoutException("only " + subscriber.delivered() + " rows came through");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private static Times source(Bench bench, String slot) throws Exception {
        bench.makeSlot(slot);
        bench.write(0);
        return untilPrinted(
                bench,
                slot,
                SourceReader.start(bench.directory.resolve("source-" + slot), bench.postgres, slot, bench.rows));
    }

    private static Times debezium(Bench bench, String slot) throws Exception {
        bench.makeSlot(slot);
        bench.write(0);
        return untilPrinted(
                bench,
                slot,
                Debezium.start(
                        bench.home,
                        bench.directory.resolve("debezium-" + slot),
                        bench.postgres,
                        slot,
                        "others",
                        "public.backlog",
                        bench.rows));
    }

    private static Times untilPrinted(Bench bench, String slot, ServerProcess reader) throws Exception {
        try (reader) {
            long began = Changecast.awaitSlot(bench.postgres, slot, true);
            reader.awaitPrinted("rows: " + bench.rows + "\n", LONGEST);
            double fresh = (System.nanoTime() - began) / 1e9;
            for (int i = 1; i < BACKLOGS; i++) {
                reader.suspend();
                bench.write(i);
                began = System.nanoTime();
                reader.resume();
                reader.awaitPrinted("rows: " + (i + 1) * bench.rows + "\n", LONGEST);
            }
            return new Times(fresh, (System.nanoTime() - began) / 1e9);
        }
    }

    /** It has nothing to compile: started a second time, it is as it was. */
    private static Times receiver(Bench bench, String slot) throws Exception {
        bench.makeSlot(slot);
        bench.write(0);
        double first = receive(bench, slot);
        bench.write(1);
        return new Times(first, receive(bench, slot));
    }

    private static double receive(Bench bench, String slot) throws Exception {
        List<String> command = new ArrayList<>(Relay.receiving(bench.postgres.port(), slot, "/dev/null"));
        command.add("--endpos=" + bench.postgres.query("SELECT pg_current_wal_lsn()"));
        try (ServerProcess process =
                ServerProcess.start("pg_recvlogical", bench.directory.resolve("receiver-" + slot), Map.of(), command)) {
            long began = Changecast.awaitSlot(bench.postgres, slot, true);
            process.awaitEnd(LONGEST);
            return (System.nanoTime() - began) / 1e9;
        }
    }
}
