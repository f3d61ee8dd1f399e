package dev.changecast.bench;

import dev.changecast.bench.load.Numbered;
import dev.changecast.bench.load.Numbers;
import dev.changecast.bench.load.Subscribers;
import dev.changecast.bench.peer.Changecast;
import dev.changecast.bench.peer.Postgres;
import dev.changecast.bench.peer.Subscription;
import dev.changecast.bench.peer.Usage;
import dev.changecast.bench.report.Section;
import dev.changecast.bench.report.Spread;
import dev.changecast.bench.report.Table;
import dev.changecast.bench.report.Target;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * What a change costs the server by the number of subscriptions, each with another filter, of which one matches. The
 * same ten clients hold them, so that what is sent, and to whom, is the same.
 */
final class Filters implements Benchmark {
    private static final int CLIENTS = 10;
    private static final int PER_TRANSACTION = 100;

    private enum Kind {
        EQUALITY("{\"tenant\":%1$d}"),
        RANGE("{\"tenant\":{\"$gte\":%1$d,\"$lt\":%2$d}}");

        private final String filter;

        Kind(String filter) {
            this.filter = filter;
        }

        String filter(int tenant) {
            return String.format(filter.replace("$gte", "#gte").replace("$lt", "#lt"), tenant, tenant + 1)
                    .replace('#', '$');
        }
    }

    private record Question(Kind kind, int subscriptions) {
        @Override
        public String toString() {
            return subscriptions + " " + kind.name().toLowerCase(java.util.Locale.ROOT) + " filters";
        }
    }

    @Override
    public Section run(Settings settings) throws Exception {
        Section section = new Section("filters", "Filters: CPU per change, one match each");
        Question few = new Question(Kind.EQUALITY, 10);
        Question many = new Question(Kind.EQUALITY, 10_000);
        Question ranges = new Question(Kind.RANGE, 1000);
        Map<Question, List<Double>> figures = new LinkedHashMap<>();
        try (Postgres postgres = Postgres.start(
                        settings.work().resolve("filters-postgres"),
                        "CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant int, text text)",
                        "ALTER TABLE orders REPLICA IDENTITY FULL");
                Changecast server = Changecast.start(
                        settings.home(),
                        settings.work().resolve("filters-server"),
                        Changecast.Options.capturing(postgres, "bench"))) {
            for (int run = 0; run < settings.runs(); run++) {
                for (Question question : List.of(few, many, ranges)) {
                    double micros = measure(settings, postgres, server, question);
                    figures.computeIfAbsent(question, asked -> new ArrayList<>())
                            .add(micros);
                    Progress.say("filters: %s, %.2f us a change", question, micros);
                }
            }
        }
        Table table = new Table("subscriptions", "CPU per change, µs");
        figures.forEach((question, values) -> table.row(question, Spread.of(values)));
        double manyCost = Spread.of(figures.get(many)).median();
        return section.text(
                        "Rows inserted in transactions of " + PER_TRANSACTION + "; everything from capture to socket.")
                .table(table)
                .target(Target.atMost(
                        "10 000 equality filters, of the cost with 10",
                        manyCost / Spread.of(figures.get(few)).median(),
                        "",
                        1.5))
                .target(Target.atMost(
                        "1000 range filters, CPU per change",
                        Spread.of(figures.get(ranges)).median(),
                        " µs",
                        100));
    }

    private static double measure(Settings settings, Postgres postgres, Changecast server, Question question)
            throws Exception {
        int each = question.subscriptions / CLIENTS;
        IntFunction<List<String>> commands = client -> {
            List<String> said = new ArrayList<>();
            for (int i = 0; i < each; i++) {
                said.add("{\"type\":\"subscribe\",\"collection\":\"orders\",\"snapshot\":false,\"filter\":"
                        + question.kind.filter(client * each + i) + "}");
            }
            return said;
        };
        try (Subscribers clients =
                Subscribers.connect(server.address(), Subscription.each(commands), CLIENTS, new Numbers())) {
            int warmUp = settings.count(50_000, 5_000);
            int changes = settings.count(200_000, 10_000);
            write(postgres, question.subscriptions, warmUp);
            await(clients, warmUp);
            Usage before = server.process().usage();
            write(postgres, question.subscriptions, changes);
            await(clients, warmUp + changes);
            return (server.process().usage().cpuSeconds() - before.cpuSeconds()) * 1e6 / changes;
        }
    }

    /** The step of a large prime spreads the rows over tenants, and so over clients. */
    private static void write(Postgres postgres, int tenants, int rows) throws SQLException {
        postgres.execute("DO $$ BEGIN FOR low IN 1.." + rows + " BY " + PER_TRANSACTION
                + " LOOP INSERT INTO orders (tenant, text) SELECT (n::int8 * 7919) % " + tenants + ", '"
                + Numbered.mark(0) + "' FROM generate_series(low, low + " + (PER_TRANSACTION - 1)
                + ") n; COMMIT; END LOOP; END $$");
    }

    private static void await(Subscribers clients, long wanted) throws TimeoutException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (clients.delivered() < wanted) {
            if (System.nanoTime() > deadline) {
                throw new TimeoutException(clients.delivered() + " of " + wanted + " changes were delivered");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        if (clients.delivered() > wanted) {
            throw new IllegalStateException(clients.delivered() + " deliveries of " + wanted + " changes");
        }
    }
}
