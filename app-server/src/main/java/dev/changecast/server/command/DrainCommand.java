package dev.changecast.server.command;

import dev.changecast.server.config.Quantities;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code changecast drain}: sends the clients of a running server away, before it is taken down. */
@Command(
        name = "drain",
        description = "Make a running server not ready, and send its clients away, before it is taken down.",
        footer = {
            "",
            "Clients come back elsewhere, or to this server once it has started again, and",
            "miss nothing. The server goes on to capture until it is ended.",
            "",
            "  changecast drain --over 30s && systemctl restart changecast",
            "",
            "Exit codes: 0 nobody is left, 6 refused, 7 no answer, or somebody is left."
        },
        mixinStandardHelpOptions = true)
final class DrainCommand implements Callable<Integer> {
    /** How long clients may take that were told last. */
    private static final Duration LAST = Duration.ofSeconds(15);

    private static final long LOOK_MILLIS = 250;

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--over",
            paramLabel = "TIME",
            description = "Over what time they are told: 10s, 5m; 0s to 1h. Default: the server's server.drain_over.")
    private @Nullable String over;

    @Mixin
    private final ServerOptions server;

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    DrainCommand(Terminal terminal) {
        this.terminal = terminal;
        this.server = new ServerOptions(System.getenv());
    }

    @Override
    public Integer call() throws InterruptedException {
        verbosity.apply();
        Duration time = over == null ? null : time(over);
        ServerApi api = server.api();
        ServerApi.Answer answer = api.post("/api/drain", time == null ? "{}" : "{\"over_s\":" + time.toSeconds() + "}");
        if (answer.ok()) {
            terminal.line("draining, " + sessions(answer) + " sessions");
        }
        long deadline = System.nanoTime()
                + (time == null ? Duration.ofHours(1) : time).plus(LAST).toNanos();
        while (answer.ok() && sessions(answer) > 0 && System.nanoTime() - deadline < 0) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            answer = api.post("/api/drain", "{}");
        }
        if (!answer.ok()) {
            terminal.error(answer.problem());
            return answer.exitCode();
        }
        if (sessions(answer) > 0) {
            terminal.error(sessions(answer) + " sessions are still there");
            return ExitCode.LATER;
        }
        terminal.line("drained: nobody is left");
        return ExitCode.OK;
    }

    private static int sessions(ServerApi.Answer answer) {
        return answer.json().path("sessions").asInt(0);
    }

    private Duration time(String written) {
        return Quantities.duration(written)
                .filter(time -> time.getNano() == 0 && time.compareTo(Duration.ofHours(1)) <= 0)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "--over is whole seconds with a unit, such as 10s, 5m; up to 1h"));
    }
}
