package dev.changecast.bench;

import dev.changecast.bench.peer.ChangecastPeers;
import dev.changecast.bench.peer.Contestant;
import dev.changecast.bench.peer.Contestants;
import dev.changecast.bench.report.Section;
import dev.changecast.bench.report.Target;
import java.util.ArrayList;
import java.util.List;

/** What is published on one channel goes to all its subscribers, as fast as the server takes it. */
final class FanOut extends SideBySide {
    private static final int IN_FLIGHT = 4;

    FanOut() {
        super("fan-out", "Fan-out: one channel, everybody gets everything, four publishes in flight");
    }

    @Override
    List<Contestant> contestants() {
        List<Contestant> all =
                new ArrayList<>(List.of(ChangecastPeers.DURABLE, ChangecastPeers.EPHEMERAL, ChangecastPeers.DATABASE));
        all.addAll(Contestants.all());
        return all;
    }

    @Override
    List<Scenario> scenarios(Settings settings) {
        List<Scenario> scenarios = new ArrayList<>(List.of(scenario(settings, 1000, 250, true)));
        if (!settings.quick()) {
            scenarios.add(scenario(settings, 10, 250, false));
            scenarios.add(scenario(settings, 10_000, 250, false));
            scenarios.add(scenario(settings, 1000, 2048, false));
        }
        return scenarios;
    }

    private static Scenario scenario(Settings settings, int subscribers, int bytes, boolean main) {
        return new Scenario(
                subscribers + " subscribers, " + bytes + " bytes",
                main,
                new FanOutRun(
                        subscribers,
                        bytes,
                        IN_FLIGHT,
                        0,
                        settings.seconds(main ? 5 : 3, 3),
                        settings.seconds(main ? 8 : 5, 2)));
    }

    @Override
    String plotted() {
        return "CPU per delivery, µs";
    }

    @Override
    double plotted(FanOutRun.Figures figures) {
        return figures.cpuMicrosPerDelivery();
    }

    @Override
    void targets(Figures figures, Section section) {
        for (Contestant ours : List.of(ChangecastPeers.DURABLE, ChangecastPeers.EPHEMERAL)) {
            String what = ours.name() + ": CPU per delivery, of ";
            section.target(Target.atMost(what + "Bun's", cpu(figures, ours, Contestants.BUN), "", 1))
                    .target(Target.atMost(what + "Nchan's", cpu(figures, ours, Contestants.NCHAN), "", 0.7))
                    .target(Target.atMost(what + "Socket.IO's", cpu(figures, ours, Contestants.SOCKET_IO), "", 0.2));
        }
        section.target(Target.atMost(
                "database changes: CPU per delivery, of published messages'",
                cpu(figures, ChangecastPeers.DATABASE, ChangecastPeers.DURABLE),
                "",
                1.2));
    }

    private static double cpu(Figures figures, Contestant one, Contestant other) {
        return figures.ratio(one, other, FanOutRun.Figures::cpuMicrosPerDelivery);
    }
}
