package dev.changecast.bench;

import dev.changecast.bench.peer.ChangecastPeers;
import dev.changecast.bench.peer.Contestant;
import dev.changecast.bench.peer.Contestant.MissingException;
import dev.changecast.bench.peer.Contestants;
import dev.changecast.bench.peer.Peer;
import dev.changecast.bench.report.BarChart;
import dev.changecast.bench.report.Section;
import dev.changecast.bench.report.Spread;
import dev.changecast.bench.report.Table;
import dev.changecast.bench.report.Target;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * What is published on one channel goes to all its subscribers: every server in turn, again and again, so that what the
 * machine does besides meets all alike.
 */
final class FanOut implements Benchmark {
    private static final int IN_FLIGHT = 4;

    /** One size of the same question. */
    private record Scenario(String name, FanOutRun run) {
        boolean isMain() {
            return run.subscribers() == 1000 && run.bytes() == 250;
        }
    }

    private final String name;
    private final boolean paced;

    private FanOut(String name, boolean paced) {
        this.name = name;
        this.paced = paced;
    }

    /** As many messages as the server takes. */
    static FanOut full() {
        return new FanOut("fan-out", false);
    }

    /** Twenty messages a second. */
    static FanOut paced() {
        return new FanOut("pace", true);
    }

    private List<Scenario> scenarios(Settings settings) {
        if (paced) {
            return List.of(scenario(settings, 1000, 250, 20));
        }
        List<Scenario> scenarios = new ArrayList<>(List.of(scenario(settings, 1000, 250, 0)));
        if (!settings.quick()) {
            scenarios.add(scenario(settings, 10, 250, 0));
            scenarios.add(scenario(settings, 10_000, 250, 0));
            scenarios.add(scenario(settings, 1000, 2048, 0));
        }
        return scenarios;
    }

    private static Scenario scenario(Settings settings, int subscribers, int bytes, double perSecond) {
        double seconds = perSecond == 0 ? settings.seconds(8, 1) : settings.seconds(20, 2);
        return new Scenario(
                subscribers + " subscribers, " + bytes + " bytes"
                        + (perSecond == 0 ? "" : ", " + (int) perSecond + " messages/s"),
                new FanOutRun(subscribers, bytes, IN_FLIGHT, perSecond, settings.seconds(5, 1), seconds));
    }

    @Override
    public Section run(Settings settings) throws Exception {
        Section section = new Section(
                name,
                paced
                        ? "Fan-out at twenty messages a second"
                        : "Fan-out: one channel, everybody gets everything, four publishes in flight");
        Map<Contestant, Peer> peers = new LinkedHashMap<>();
        try {
            start(settings, section, peers);
            for (Scenario scenario : scenarios(settings)) {
                Map<Contestant, List<FanOutRun.Figures>> figures = measure(settings, scenario, peers, section);
                show(scenario, figures, section);
            }
        } finally {
            for (Peer peer : peers.values()) {
                peer.close();
            }
        }
        return section;
    }

    private void start(Settings settings, Section section, Map<Contestant, Peer> peers) throws Exception {
        List<Contestant> contestants =
                new ArrayList<>(List.of(ChangecastPeers.DURABLE, ChangecastPeers.EPHEMERAL, ChangecastPeers.DATABASE));
        contestants.addAll(Contestants.all());
        for (Contestant contestant : contestants) {
            try {
                Progress.say("%s: starting %s", name, contestant.name());
                String directory = name + "-" + contestant.name().replaceAll("[^A-Za-z]", "");
                peers.put(contestant, contestant.starter().start(settings.home(), settings.work().resolve(directory)));
            } catch (MissingException e) {
                leaveOut(contestant, e.getMessage(), section);
            } catch (IOException | TimeoutException e) {
                leaveOut(contestant, "it did not start", section);
                Progress.say("%s", e.getMessage());
            }
        }
    }

    private static void leaveOut(Contestant contestant, String why, Section section) {
        Progress.say("without %s: %s", contestant.name(), why);
        section.text("Without " + contestant.name() + ": " + why + ".");
    }

    private Map<Contestant, List<FanOutRun.Figures>> measure(
            Settings settings, Scenario scenario, Map<Contestant, Peer> peers, Section section) {
        Map<Contestant, List<FanOutRun.Figures>> figures = new LinkedHashMap<>();
        peers.keySet().forEach(contestant -> figures.put(contestant, new ArrayList<>()));
        for (int run = 1; run <= settings.runs(); run++) {
            for (Map.Entry<Contestant, Peer> peer : peers.entrySet()) {
                String who = peer.getKey().name();
                try {
                    FanOutRun.Figures found = Profile.around(
                            settings.profile() && scenario.isMain(),
                            peer.getValue().process(),
                            name + " " + who,
                            () -> scenario.run.on(peer.getValue()));
                    figures.get(peer.getKey()).add(found);
                    Progress.say(
                            "%s, run %d of %d: %s %.3f us a delivery, %.0f deliveries/s, p50 %.2f ms, p99 %.2f ms",
                            scenario.name,
                            run,
                            settings.runs(),
                            who,
                            found.cpuMicrosPerDelivery(),
                            found.deliveriesPerSecond(),
                            found.latencies().millisAt(0.5),
                            found.latencies().millisAt(0.99));
                } catch (Exception e) {
                    Progress.say("%s, run %d: %s failed: %s", scenario.name, run, who, e.getMessage());
                    section.text(who + " failed with " + scenario.name + ": " + e.getMessage());
                }
            }
        }
        return figures;
    }

    private void show(Scenario scenario, Map<Contestant, List<FanOutRun.Figures>> all, Section section) {
        section.text("### " + scenario.name);
        Table table = new Table(
                "server",
                "CPU per delivery, µs",
                "of Changecast's",
                "deliveries/s",
                "p50, ms",
                "p99, ms",
                "memory, MiB",
                "");
        Figures figures = new Figures(all);
        double ours = figures.cpu(ChangecastPeers.DURABLE).median();
        BarChart chart = new BarChart(
                paced ? "Publish to client, 99th percentile, ms: " + scenario.name : "CPU per delivery, µs: " + scenario.name);
        for (Contestant contestant : all.keySet()) {
            Spread cpu = figures.cpu(contestant);
            Spread tail = figures.of(contestant, found -> found.latencies().millisAt(0.99));
            table.row(
                    contestant.name(),
                    cpu,
                    Spread.text(cpu.median() / ours),
                    figures.of(contestant, FanOutRun.Figures::deliveriesPerSecond),
                    figures.of(contestant, found -> found.latencies().millisAt(0.5)),
                    tail,
                    figures.of(contestant, FanOutRun.Figures::residentMebibytes),
                    contestant.note());
            chart.bar(contestant.name(), paced ? tail : cpu, contestant.name().startsWith("Changecast"));
        }
        section.table(table);
        if (scenario.isMain()) {
            section.chart(name + ".svg", "The same as a plot", chart);
            targets(figures, section);
        }
    }

    private void targets(Figures figures, Section section) {
        if (paced) {
            for (double part : new double[] {0.5, 0.99}) {
                section.target(Target.atMost(
                        "p" + Math.round(part * 100) + ", of Bun's",
                        figures.of(ChangecastPeers.DURABLE, found -> found.latencies().millisAt(part))
                                        .median()
                                / figures.of(Contestants.BUN, found -> found.latencies().millisAt(part))
                                        .median(),
                        "",
                        1.2));
            }
            return;
        }
        for (Contestant ours : List.of(ChangecastPeers.DURABLE, ChangecastPeers.EPHEMERAL)) {
            double cpu = figures.cpu(ours).median();
            String what = ours.name() + ": CPU per delivery, of ";
            section.target(Target.atMost(what + "Bun's", cpu / figures.cpu(Contestants.BUN).median(), "", 1))
                    .target(Target.atMost(what + "Nchan's", cpu / figures.cpu(Contestants.NCHAN).median(), "", 0.7))
                    .target(Target.atMost(
                            what + "Socket.IO's", cpu / figures.cpu(Contestants.SOCKET_IO).median(), "", 0.2));
        }
        section.target(Target.atMost(
                "database changes: CPU per delivery, of published messages'",
                figures.cpu(ChangecastPeers.DATABASE).median()
                        / figures.cpu(ChangecastPeers.DURABLE).median(),
                "",
                1.2));
    }

    /** The runs of all servers in one scenario. */
    private record Figures(Map<Contestant, List<FanOutRun.Figures>> all) {
        Spread cpu(Contestant contestant) {
            return of(contestant, FanOutRun.Figures::cpuMicrosPerDelivery);
        }

        Spread of(Contestant contestant, Function<FanOutRun.Figures, Double> figure) {
            return Spread.of(
                    all.getOrDefault(contestant, List.of()).stream().map(figure).toList());
        }
    }
}
