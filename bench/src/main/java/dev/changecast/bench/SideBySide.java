package dev.changecast.bench;

import dev.changecast.bench.peer.Contestant;
import dev.changecast.bench.peer.Contestant.MissingException;
import dev.changecast.bench.peer.Peer;
import dev.changecast.bench.report.BarChart;
import dev.changecast.bench.report.Section;
import dev.changecast.bench.report.Spread;
import dev.changecast.bench.report.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * The same question put to several servers, in turn, again and again, so that what the machine does besides meets all
 * alike. Each is started once and stays.
 */
abstract class SideBySide implements Benchmark {
    /** One size of the question; the figures of the main one are compared with the targets. */
    record Scenario(String name, boolean main, FanOutRun run) {}

    private final String name;
    private final String title;

    SideBySide(String name, String title) {
        this.name = name;
        this.title = title;
    }

    abstract List<Contestant> contestants();

    abstract List<Scenario> scenarios(Settings settings);

    /** What the plot shows. */
    abstract String plotted();

    abstract double plotted(FanOutRun.Figures figures);

    abstract void targets(Figures figures, Section section);

    @Override
    public Section run(Settings settings) throws Exception {
        Section section = new Section(name, title);
        Map<Contestant, Peer> peers = new LinkedHashMap<>();
        try {
            start(settings, section, peers);
            boolean cold = true;
            for (Scenario scenario : scenarios(settings)) {
                Map<Contestant, List<FanOutRun.Figures>> figures = measure(settings, scenario, cold, peers, section);
                show(scenario, figures, section);
                cold = false;
            }
        } finally {
            for (Peer peer : peers.values()) {
                peer.close();
            }
        }
        return section;
    }

    private void start(Settings settings, Section section, Map<Contestant, Peer> peers) throws Exception {
        for (Contestant contestant : contestants()) {
            if (!settings.wants(contestant.name())) {
                continue;
            }
            try {
                Progress.say("%s: starting %s", name, contestant.name());
                String directory = name + "-" + contestant.name().replaceAll("[^A-Za-z]", "");
                peers.put(
                        contestant,
                        contestant
                                .starter()
                                .start(settings.home(), settings.work().resolve(directory)));
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
            Settings settings, Scenario scenario, boolean cold, Map<Contestant, Peer> peers, Section section)
            throws Exception {
        Map<Contestant, List<FanOutRun.Figures>> figures = new LinkedHashMap<>();
        Map<Contestant, Profile> profiles = new LinkedHashMap<>();
        if (settings.profile() && scenario.main) {
            for (Map.Entry<Contestant, Peer> peer : peers.entrySet()) {
                profiles.put(
                        peer.getKey(),
                        Profile.start(peer.getValue().process(), peer.getKey().name()));
            }
        }
        peers.keySet().forEach(contestant -> figures.put(contestant, new ArrayList<>()));
        // A round that does not count: what a server compiles and allocates at first is not what it costs.
        for (int run = settings.quick() && settings.runs() == 1 ? 1 : 0; run <= settings.runs(); run++) {
            for (Map.Entry<Contestant, Peer> peer : peers.entrySet()) {
                String who = peer.getKey().name();
                try {
                    Profile profile = profiles.getOrDefault(peer.getKey(), Profile.NONE);
                    if (cold && run == 0 && !settings.quick()) {
                        scenario.run.warm(peer.getValue());
                    }
                    FanOutRun.Figures found = scenario.run.on(peer.getValue(), profile);
                    if (run > 0) {
                        figures.get(peer.getKey()).add(found);
                    }
                    Progress.say(
                            "%s, round %d of %d: %s %.3f us a delivery, %.0f deliveries/s, p1 %.2f ms, p50 %.2f ms, p99 %.2f ms",
                            scenario.name,
                            run,
                            settings.runs(),
                            who,
                            found.cpuMicrosPerDelivery(),
                            found.deliveriesPerSecond(),
                            found.latencies().millisAt(0.01),
                            found.latencies().millisAt(0.5),
                            found.latencies().millisAt(0.99));
                } catch (Exception e) {
                    Progress.say("%s, round %d: %s failed: %s", scenario.name, run, who, e.getMessage());
                    section.text(who + " failed with " + scenario.name + ": " + e.getMessage());
                }
            }
        }
        for (Profile profile : profiles.values()) {
            profile.print();
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
        double ours = figures.cpu(contestants().get(0)).median();
        BarChart chart = new BarChart(plotted() + ": " + scenario.name);
        for (Contestant contestant : all.keySet()) {
            Spread cpu = figures.cpu(contestant);
            table.row(
                    contestant.name(),
                    cpu,
                    Spread.text(cpu.median() / ours),
                    figures.of(contestant, FanOutRun.Figures::deliveriesPerSecond),
                    figures.of(contestant, found -> found.latencies().millisAt(0.5)),
                    figures.of(contestant, found -> found.latencies().millisAt(0.99)),
                    figures.of(contestant, FanOutRun.Figures::residentMebibytes),
                    contestant.note());
            chart.bar(
                    contestant.name(),
                    figures.of(contestant, this::plotted),
                    contestant.name().startsWith("Changecast"));
        }
        section.table(table);
        if (scenario.main) {
            section.chart(name + ".svg", "The same as a plot", chart);
            targets(figures, section);
        }
    }

    /** The runs of all servers in one scenario. */
    record Figures(Map<Contestant, List<FanOutRun.Figures>> all) {
        Spread cpu(Contestant contestant) {
            return of(contestant, FanOutRun.Figures::cpuMicrosPerDelivery);
        }

        /** How much one server's figure is of another's. */
        double ratio(Contestant one, Contestant other, Function<FanOutRun.Figures, Double> figure) {
            return of(one, figure).median() / of(other, figure).median();
        }

        Spread of(Contestant contestant, Function<FanOutRun.Figures, Double> figure) {
            return Spread.of(
                    all.getOrDefault(contestant, List.of()).stream().map(figure).toList());
        }
    }
}
