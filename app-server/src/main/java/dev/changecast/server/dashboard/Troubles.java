package dev.changecast.server.dashboard;

import dev.changecast.core.SessionLoad;
import dev.changecast.core.Statistics.SessionFigures;
import dev.changecast.core.Statistics.SourceFigures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Finds what an operator should know first. What users notice comes first. */
final class Troubles {
    private static final double NEARLY_FULL = 0.9;

    /** From when on a client that takes nothing, and a thread that does not come round, are told of. */
    private static final Duration STALLED = Duration.ofSeconds(10);

    private static final Duration SILENT_DISPATCH = Duration.ofSeconds(1);
    private static final double SLOW_SECONDS = 1;
    private static final double ATTACK_PER_SECOND = 10;
    private static final int LEAST_BEHIND = 10;

    private final Samples samples;
    private final int perMinute;

    /** @param perMinute how many samples there are in a minute */
    Troubles(Samples samples, int perMinute) {
        this.samples = samples;
        this.perMinute = perMinute;
    }

    List<Trouble> of(Moment now) {
        List<Trouble> troubles = new ArrayList<>();
        sources(now, troubles);
        sessions(now, troubles);
        delivery(now, troubles);
        process(now.process(), troubles);
        troubles.sort(Comparator.comparing(trouble -> !trouble.severe()));
        return troubles;
    }

    private static void sources(Moment now, List<Trouble> troubles) {
        for (JsonNode source : now.readiness().path("sources")) {
            if (!source.path("ready").asBoolean(true)) {
                String name = source.path("name").asString("");
                String reason = source.path("reason").asString("it is not ready");
                troubles.add(new Trouble(!source.path("state").asString("").equals("starting"), name, reason));
            }
        }
        for (SourceFigures source : now.statistics().sources()) {
            if (source.report() != null) {
                for (String problem : source.report().problems()) {
                    if (troubles.stream().noneMatch(known -> known.text().contains(problem))) {
                        troubles.add(new Trouble(true, source.name(), problem));
                    }
                }
            }
        }
        JsonNode ready = now.readiness().path("ready");
        if (!ready.asBoolean(true) && troubles.isEmpty()) {
            troubles.add(new Trouble(
                    true,
                    "readiness",
                    now.readiness().path("reason").asString("/readyz says that changes do not arrive")));
        }
        now.beside().forEach((name, status) -> {
            if (status.path("state").asString("").equals("disconnected")) {
                troubles.add(new Trouble(
                        false,
                        name,
                        "disconnected, and what is published there is lost: "
                                + status.path("reason").asString("no reason is known")));
            }
        });
    }

    private void sessions(Moment now, List<Trouble> troubles) {
        SessionFigures sessions = now.statistics().sessions();
        if (sessions.open() >= sessions.limit()) {
            troubles.add(new Trouble(
                    true,
                    "connections",
                    "all " + sessions.limit() + " are taken, and more are refused: see limits.connections"));
        } else if (sessions.open() >= NEARLY_FULL * sessions.limit()) {
            troubles.add(new Trouble(
                    false,
                    "connections",
                    sessions.open() + " of " + sessions.limit() + " are taken: see limits.connections"));
        }
        if (sessions.behind() >= Math.max(LEAST_BEHIND, sessions.open() / 20)) {
            troubles.add(new Trouble(
                    false,
                    "clients",
                    sessions.behind() + " of " + sessions.open()
                            + " read from the log: they have just come back, or cannot keep up"));
        }
        List<SessionLoad> stalled = now.slowest().stream()
                .filter(load -> load.stalled().compareTo(STALLED) >= 0)
                .toList();
        if (!stalled.isEmpty()) {
            long longest = stalled.stream()
                    .mapToLong(load -> load.stalled().toSeconds())
                    .max()
                    .getAsLong();
            troubles.add(new Trouble(
                    false,
                    "clients",
                    (stalled.size() == 1 ? "one takes" : stalled.size() + " take")
                            + " nothing of what is sent, for up to " + longest
                            + " s: see the slowest clients. Nobody else waits for them"));
        }
        if (average("authentication_failures") >= ATTACK_PER_SECOND) {
            troubles.add(new Trouble(
                    true,
                    "tokens",
                    Math.round(average("authentication_failures"))
                            + " tokens a second are wrong or missing: somebody tries, or clients do not renew theirs"));
        }
    }

    private void deliveryErrors(List<Trouble> troubles) {
        if (Arrays.stream(samples.values("internal_errors")).anyMatch(rate -> rate > 0)) {
            troubles.add(new Trouble(true, "server", "it failed in the last ten minutes: its log says why"));
        }
    }

    private void delivery(Moment now, List<Trouble> troubles) {
        Duration silence = now.statistics().sessions().dispatchSilence();
        if (silence.compareTo(SILENT_DISPATCH) > 0) {
            troubles.add(new Trouble(
                    true,
                    "delivery",
                    "a thread that owns sessions has stood still for " + silence.toMillis() / 1000.0
                            + " s: too much work, or a" + " machine that has no time for it"));
        }
        double slow = average("latency_p99");
        if (slow >= SLOW_SECONDS) {
            troubles.add(new Trouble(
                    false,
                    "latency",
                    "one of a hundred changes takes %.1f s and more from its commit to the connections"
                            .formatted(slow)));
        }
        deliveryErrors(troubles);
    }

    private void process(ProcessFigures process, List<Trouble> troubles) {
        double cpu = average("cpu");
        if (cpu >= NEARLY_FULL && samples.values("cpu").length >= perMinute) {
            troubles.add(new Trouble(
                    false,
                    "processor",
                    "this server has kept %.0f %% of %d processors busy for a minute"
                            .formatted(100 * cpu, process.processors())));
        }
        double[] heap = last("heap");
        if (process.heapMax() > 0
                && heap.length == perMinute
                && Arrays.stream(heap).min().getAsDouble() >= NEARLY_FULL * process.heapMax()) {
            troubles.add(new Trouble(
                    true,
                    "memory",
                    "the heap of " + (process.heapMax() >> 20) + " MiB has been nearly full for a minute: give it more"
                            + " with -Xmx, or take less on"));
        }
        if (process.filesMax() > 0 && process.files() >= NEARLY_FULL * process.filesMax()) {
            troubles.add(new Trouble(
                    true,
                    "files",
                    process.files() + " of " + process.filesMax() + " files and sockets are open: raise the limit"
                            + " (ulimit -n, LimitNOFILE)"));
        }
    }

    /** Of the last minute; 0 where there is nothing. */
    private double average(String series) {
        return Arrays.stream(last(series)).average().orElse(0);
    }

    private double[] last(String series) {
        double[] all = samples.values(series);
        return Arrays.copyOfRange(all, Math.max(0, all.length - perMinute), all.length);
    }
}
