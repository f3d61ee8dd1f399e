package dev.changecast.bench;

import dev.changecast.bench.load.Numbers;
import dev.changecast.bench.load.Subscribers;
import dev.changecast.bench.peer.Changecast;
import dev.changecast.bench.peer.Postgres;
import dev.changecast.bench.peer.Resuming;
import dev.changecast.bench.report.Section;
import dev.changecast.bench.report.Spread;
import dev.changecast.bench.report.Table;
import dev.changecast.bench.report.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The server restarts, and everybody comes back at once: those who resume, and those who need the rows again. */
final class Herd implements Benchmark {
    private static final int ROWS = 200;
    private static final String RESUMING = "resume";
    private static final String AGAIN = "need the rows again";

    private record Return(double seconds, double reads) {}

    @Override
    public Section run(Settings settings) throws Exception {
        int count = settings.count(5000, 500);
        Section section = new Section("herd", "A herd: " + count + " clients come back at once after a restart");
        Map<String, List<Return>> returns = new LinkedHashMap<>();
        try (Postgres postgres = Postgres.start(
                        settings.work().resolve("herd-postgres"),
                        "CREATE TABLE desks (id int PRIMARY KEY, text text)",
                        "INSERT INTO desks SELECT n, md5(n::text) FROM generate_series(1, " + ROWS + ") n");
                Changecast server = Changecast.start(
                        settings.home(),
                        settings.work().resolve("herd-server"),
                        Changecast.Options.capturing(postgres, "bench"))) {
            for (int run = 0; run < settings.runs(); run++) {
                for (String how : List.of(RESUMING, AGAIN)) {
                    Return found = comeBack(postgres, server, count, how.equals(RESUMING));
                    returns.computeIfAbsent(how, name -> new ArrayList<>()).add(found);
                    Progress.say("herd: %d clients %s, %.2f s, %.0f reads", count, how, found.seconds, found.reads);
                }
            }
        }
        Table table = new Table("they", "until all are ready, s", "reads of the table");
        returns.forEach((how, all) -> {
            Spread seconds = Spread.of(all.stream().map(Return::seconds).toList());
            Spread reads = Spread.of(all.stream().map(Return::reads).toList());
            table.row(how, seconds, reads);
            section.target(Target.atMost("they " + how + ": until all are ready", seconds.median(), " s", 5))
                    .target(Target.atMost("they " + how + ": reads of the table", reads.median(), "", 50));
        });
        return section.text("The time begins when the server answers again, on a JVM that has just been started.")
                .table(table);
    }

    private static Return comeBack(Postgres postgres, Changecast server, int count, boolean resuming) throws Exception {
        Resuming clients = new Resuming("desks", true, false);
        if (resuming) {
            Subscribers.connect(server.address(), clients, count, new Numbers()).close();
        }
        server.stop();
        double readsBefore = reads(postgres);
        server.startAgain();
        server.process().awaitAnswer(server.address(), "/readyz");
        long began = System.nanoTime();
        Subscribers back = Subscribers.connect(server.address(), clients, count, new Numbers());
        double seconds = (System.nanoTime() - began) / 1e9;
        back.close();
        return new Return(seconds, reads(postgres) - readsBefore);
    }

    private static double reads(Postgres postgres) throws Exception {
        return Double.parseDouble(postgres.query(
                "SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables" + " WHERE relname = 'desks'"));
    }
}
