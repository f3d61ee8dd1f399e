package dev.changecast.bench;

import dev.changecast.bench.peer.ChangecastPeers;
import dev.changecast.bench.peer.Contestant;
import dev.changecast.bench.peer.Contestants;
import dev.changecast.bench.peer.Relay;
import dev.changecast.bench.report.Section;
import dev.changecast.bench.report.Target;
import java.util.ArrayList;
import java.util.List;

/** So many messages a second that nobody is hurried: what counts is how long each takes. */
final class Paced extends SideBySide {
    private final List<Contestant> contestants;
    private final int subscribers;
    private final int perSecond;
    private final Contestant compared;
    private final double medianBound;
    private final double tailBound;

    private Paced(
            String name,
            String title,
            List<Contestant> contestants,
            int subscribers,
            int perSecond,
            Contestant compared,
            double medianBound,
            double tailBound) {
        super(name, title);
        this.contestants = contestants;
        this.subscribers = subscribers;
        this.perSecond = perSecond;
        this.compared = compared;
        this.medianBound = medianBound;
        this.tailBound = tailBound;
    }

    /** Published messages. */
    static Paced published() {
        List<Contestant> all = new ArrayList<>(List.of(ChangecastPeers.DURABLE, ChangecastPeers.EPHEMERAL));
        all.addAll(Contestants.all());
        return new Paced("pace", "Fan-out at twenty messages a second", all, 1000, 20, Contestants.BUN, 1.2, 1.2);
    }

    /** Database changes; the time begins before COMMIT is sent. */
    static Paced committed() {
        return new Paced(
                "latency",
                "From COMMIT to the client",
                List.of(ChangecastPeers.DATABASE, Relay.CONTESTANT),
                100,
                100,
                Relay.CONTESTANT,
                1.3,
                2);
    }

    @Override
    List<Contestant> contestants() {
        return contestants;
    }

    @Override
    List<Scenario> scenarios(Settings settings) {
        FanOutRun run = new FanOutRun(subscribers, 250, 4, perSecond, settings.seconds(5, 4), settings.seconds(10, 4));
        return List.of(
                new Scenario(subscribers + " subscribers, " + perSecond + " messages/s of 250 bytes", true, run));
    }

    @Override
    String plotted() {
        return "Sent to received, 99th percentile, ms";
    }

    @Override
    double plotted(FanOutRun.Figures figures) {
        return figures.latencies().millisAt(0.99);
    }

    @Override
    void targets(Figures figures, Section section) {
        for (Contestant ours : contestants.stream()
                .filter(each -> each.name().startsWith("Changecast"))
                .toList()) {
            String what = " of " + compared.name() + "'s, " + ours.name();
            section.target(Target.atMost("p50" + what, ratio(figures, ours, 0.5), "", medianBound))
                    .target(Target.atMost("p99" + what, ratio(figures, ours, 0.99), "", tailBound));
        }
    }

    private double ratio(Figures figures, Contestant ours, double part) {
        return figures.ratio(ours, compared, found -> found.latencies().millisAt(part));
    }
}
