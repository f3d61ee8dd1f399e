package dev.changecast.server.command;

import dev.changecast.server.command.Terminal.Color;
import dev.changecast.server.demo.Demo;
import dev.changecast.server.demo.DemoException;
import dev.changecast.server.demo.DemoSettings;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code changecast demo}: everything that it takes to see it work, in one process. */
@Command(
        name = "demo",
        description = "Start a real PostgreSQL with an office that is alive, and a page that shows it.",
        footer = {"", "The database is kept for the next time; --reset starts over."},
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = {"-p", "--port"},
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "Where the page is; 0 takes any port that is free. Default: ${DEFAULT-VALUE}")
    private int port;

    @Option(
            names = "--postgres-port",
            paramLabel = "PORT",
            description = "Where PostgreSQL listens. Default: 54329, or any that is free.")
    private @Nullable Integer postgresPort;

    @Option(
            names = "--directory",
            paramLabel = "DIRECTORY",
            description = "Where the demo keeps its data. Default: .changecast/demo in the project's directory.")
    private @Nullable Path directory;

    @Option(names = "--reset", description = "Forget the data of earlier runs.")
    private boolean reset;

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        Started started = Started.now();
        verbosity.apply();
        Demo demo = new Demo(settings(), this::progress);
        UntilSignal until = UntilSignal.closing(demo);
        try {
            demo.start();
        } catch (DemoException e) {
            terminal.error(e.getMessage());
            return ExitCode.CANNOT_START;
        }
        terminal.line("");
        terminal.line("  " + terminal.colored(Color.BOLD, demo.url())
                + "   the office, live (started in %.1f s)"
                        .formatted(started.elapsed().toMillis() / 1000.0));
        terminal.line("");
        terminal.line("  Change it with any SQL client:  " + demo.psql());
        terminal.line("  Tell all screens something:     " + demo.notifyExample());
        terminal.line("  Watch it in the terminal:       changecast tail workstations --url " + demo.webSocketUrl());
        terminal.line("  Ctrl-C ends it, its PostgreSQL too.");
        terminal.line("");
        until.await();
        return ExitCode.OK;
    }

    private DemoSettings settings() {
        Path home = Path.of(System.getProperty("changecast.home", "."));
        return new DemoSettings(
                directory == null ? home.resolve(".changecast").resolve("demo") : directory,
                valid("--port", port, 0),
                postgresPort == null ? null : valid("--postgres-port", postgresPort, 1),
                reset,
                DemoSettings.EVENT_EVERY);
    }

    private int valid(String option, int value, int least) {
        if (value < least || value > 65_535) {
            throw new ParameterException(
                    spec.commandLine(), option + " is a port from " + least + " to 65535, not " + value);
        }
        return value;
    }

    private void progress(String text) {
        terminal.line(terminal.colored(Color.DIM, "·") + " " + text);
    }
}
