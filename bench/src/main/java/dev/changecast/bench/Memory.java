package dev.changecast.bench;

import dev.changecast.bench.load.Numbers;
import dev.changecast.bench.load.Subscribers;
import dev.changecast.bench.load.WaitingPolls;
import dev.changecast.bench.peer.Changecast;
import dev.changecast.bench.peer.LiveHeap;
import dev.changecast.bench.peer.Postgres;
import dev.changecast.bench.peer.ServerProcess;
import dev.changecast.bench.peer.Subscription;
import dev.changecast.bench.report.Section;
import dev.changecast.bench.report.Spread;
import dev.changecast.bench.report.Table;
import dev.changecast.bench.report.Target;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a client costs that only waits: heap that is still referenced after a collection, and memory of the process. */
final class Memory implements Benchmark {
    private static final String WEBSOCKETS = "idle WebSocket clients, one subscription each";
    private static final String POLLS = "waiting polls";
    private static final int HELD = 30_000;

    /** Connects clients, which stay until it is closed. */
    private interface Connecting {
        Closeable connect(Changecast server, int count) throws Exception;
    }

    private record Cost(double heapKibibytes, double residentKibibytes) {}

    @Override
    public Section run(Settings settings) throws Exception {
        Section section = new Section("memory", "Memory of clients that wait");
        int count = settings.count(10_000, 1000);
        Map<String, Connecting> kinds = new LinkedHashMap<>();
        kinds.put(WEBSOCKETS, Memory::webSockets);
        kinds.put(POLLS, WaitingPolls::open);
        Map<String, List<Cost>> costs = new LinkedHashMap<>();
        Table table = new Table("clients", "live heap each, KiB", "resident memory each, KiB");
        try (Postgres postgres = Postgres.start(
                settings.work().resolve("memory-postgres"), "CREATE TABLE messages (id int PRIMARY KEY, text text)")) {
            for (int run = 0; run < settings.runs(); run++) {
                for (Map.Entry<String, Connecting> kind : kinds.entrySet()) {
                    String slot = "bench" + run + costs.size();
                    try (Changecast server = start(settings, postgres, slot)) {
                        Cost cost = measure(server, kind.getValue(), count);
                        costs.computeIfAbsent(kind.getKey(), name -> new ArrayList<>())
                                .add(cost);
                        Progress.say(
                                "memory: %d %s, %.1f KiB of live heap and %.1f KiB resident each",
                                count, kind.getKey(), cost.heapKibibytes, cost.residentKibibytes);
                    }
                    postgres.execute("SELECT pg_drop_replication_slot('" + slot + "')");
                }
            }
            for (Map.Entry<String, List<Cost>> kind : costs.entrySet()) {
                Spread heap = Spread.of(
                        kind.getValue().stream().map(Cost::heapKibibytes).toList());
                Spread resident = Spread.of(
                        kind.getValue().stream().map(Cost::residentKibibytes).toList());
                table.row(count + " " + kind.getKey(), heap, resident);
                section.target(Target.atMost(kind.getKey() + ": live heap each", heap.median(), " KiB", 12))
                        .target(Target.atMost(kind.getKey() + ": resident each", resident.median(), " KiB", 20));
            }
            section.table(table);
            hold(settings, postgres, section);
        }
        return section;
    }

    private static Changecast start(Settings settings, Postgres postgres, String slot) throws Exception {
        return Changecast.start(
                settings.home(),
                settings.work().resolve("memory-" + slot),
                Changecast.Options.capturing(postgres, slot).memory("1MiB"));
    }

    private static Cost measure(Changecast server, Connecting kind, int count) throws Exception {
        // The classes and compiled code of the first clients are not theirs.
        kind.connect(server, 200).close();
        long heap = LiveHeap.of(server.process());
        long resident = server.process().usage().residentBytes();
        Closeable clients = kind.connect(server, count);
        try {
            double residentNow = server.process().usage().residentBytes();
            double heapNow = LiveHeap.of(server.process());
            residentNow = Math.min(residentNow, server.process().usage().residentBytes());
            return new Cost((heapNow - heap) / count / 1024, (residentNow - resident) / count / 1024);
        } finally {
            clients.close();
        }
    }

    private static Closeable webSockets(Changecast server, int count) throws Exception {
        return Subscribers.connect(
                server.address(),
                Subscription.to("{\"type\":\"subscribe\",\"collection\":\"messages\",\"snapshot\":false}"),
                count,
                new Numbers());
    }

    /** As many as the operating system lets one process have. */
    private static void hold(Settings settings, Postgres postgres, Section section) throws Exception {
        int wanted = settings.count(HELD, 2000);
        int possible = (int) Math.min(wanted, ServerProcess.openFiles() - 500);
        try (Changecast server = start(settings, postgres, "held")) {
            Closeable clients = webSockets(server, possible);
            double resident = server.process().usage().residentBytes() / 1048576.0;
            section.text(possible + " connections held on one server, all subscribed, in "
                    + Spread.text(resident) + " MiB of resident memory"
                    + (possible < wanted
                            ? "; not " + wanted + ", since this machine lets a process open only "
                                    + ServerProcess.openFiles() + " files."
                            : "."));
            section.target(Target.atLeast("connections held", possible, "", wanted));
            clients.close();
            Progress.say("memory: %d connections held in %.0f MiB", possible, resident);
        }
    }
}
