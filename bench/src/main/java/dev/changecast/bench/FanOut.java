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

    /** How many subscribers to messages of how many bytes. */
    private record Size(int subscribers, int bytes) {}

    private final List<Size> sizes;

    private FanOut(String name, String title, List<Size> sizes) {
        super(name, title);
        this.sizes = sizes;
    }

    /** The size that the targets are for. */
    static FanOut usual() {
        return new FanOut(
                "fan-out",
                "Fan-out: one channel, everybody gets everything, four publishes in flight",
                List.of(new Size(1000, 250)));
    }

    /** Few, many, and large. */
    static FanOut others() {
        return new FanOut(
                "sizes",
                "Fan-out to few and to many, and of large messages",
                List.of(new Size(10, 250), new Size(10_000, 250), new Size(1000, 2048)));
    }

    @Override
    List<Contestant> contestants() {
        List<Contestant> all = new ArrayList<>(List.of(
                ChangecastPeers.DURABLE, ChangecastPeers.EPHEMERAL, ChangecastPeers.DATABASE, ChangecastPeers.ROOM));
        all.addAll(Contestants.all());
        return all;
    }

    @Override
    List<Scenario> scenarios(Settings settings) {
        return sizes.stream()
                .map(size -> scenario(settings, size, sizes.size() == 1))
                .toList();
    }

    private static Scenario scenario(Settings settings, Size size, boolean main) {
        return new Scenario(
                size.subscribers + " subscribers, " + size.bytes + " bytes",
                main,
                new FanOutRun(
                        size.subscribers,
                        size.bytes,
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
