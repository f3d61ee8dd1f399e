package dev.changecast.bench;

import dev.changecast.bench.load.Numbers;
import dev.changecast.bench.load.Publisher;
import dev.changecast.bench.load.Subscribers;
import dev.changecast.bench.peer.Peer;
import dev.changecast.bench.peer.Usage;
import dev.changecast.bench.report.Percentiles;
import java.util.concurrent.TimeUnit;

/**
 * One run of one server: everybody subscribes, somebody publishes, and all that was published must reach everybody once.
 *
 * @param subscribers how many
 * @param bytes how large a message is
 * @param inFlight how many publishes wait for their answers at once
 * @param perSecond how many messages a second; 0 for as many as are taken
 */
record FanOutRun(int subscribers, int bytes, int inFlight, double perSecond, double warmUpSeconds, double seconds) {
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** What a subscriber may be behind; below what any of the servers queues for one. */
    private static final int BEHIND_BYTES = 256 * 1024;

    /** Clients come and go in them: the code for that is compiled too, and what was compiled too soon, again. */
    private static final int WARMING_RUNS = 5;

    /** What was found; processor time is that of the server alone. */
    record Figures(
            double cpuMicrosPerDelivery,
            double cpuMicrosPerMessage,
            double deliveriesPerSecond,
            Percentiles latencies,
            double residentMebibytes) {}

    /** What goes before all runs and does not count: short ones, as fast as it goes and five times as fast as it will. */
    void warm(Peer peer) throws Exception {
        for (int i = 0; i < WARMING_RUNS; i++) {
            double pace = i % 2 == 0 ? 0 : 5 * perSecond;
            new FanOutRun(subscribers, bytes, inFlight, pace, warmUpSeconds, 1).on(peer, Profile.NONE);
        }
    }

    Figures on(Peer peer, Profile profile) throws Exception {
        Numbers numbers = new Numbers();
        try (Subscribers clients = Subscribers.connect(peer.address(), peer.dialect(), subscribers, numbers);
                Publisher publisher =
                        new Publisher(peer.outlets(bytes), inFlight, numbers, clients::behind, BEHIND_BYTES / bytes)) {
            publisher.publish(warmUpSeconds, perSecond);
            clients.awaitAll(DRAIN_NANOS);
            clients.beginTiming();
            profile.begin();
            Usage before = peer.process().usage();
            long began = System.nanoTime();
            int messages = publisher.publish(seconds, perSecond);
            clients.awaitAll(DRAIN_NANOS);
            double cpu = peer.process().usage().cpuSeconds() - before.cpuSeconds();
            profile.end();
            double took = (clients.lastDelivery() - began) / 1e9;
            double deliveries = (double) messages * subscribers;
            return new Figures(
                    cpu * 1e6 / deliveries,
                    cpu * 1e6 / messages,
                    deliveries / took,
                    new Percentiles(clients.latencies()),
                    peer.process().usage().residentBytes() / 1048576.0);
        }
    }
}
