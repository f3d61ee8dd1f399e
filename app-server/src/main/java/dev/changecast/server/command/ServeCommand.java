package dev.changecast.server.command;

import dev.changecast.api.ChangecastException;
import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.Finding;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import dev.changecast.server.log.Logging;
import dev.changecast.server.serve.Requirements;
import dev.changecast.server.serve.Server;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code changecast serve}: the server, until a signal ends it. */
@Command(
        name = "serve",
        description = "Serve what the configuration says, until Ctrl-C or SIGTERM.",
        footer = {
            "",
            "A database that cannot be reached is tried again and again; /readyz tells.",
            "Wrong configuration (3), a port in use or a history directory that cannot",
            "be used (5) end the server at once."
        },
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    private static final Endpoint FRONT = request -> request.path().equals("/")
            ? Reply.text(
                    200, "Changecast is running. WebSocket: /ws, state: /readyz. A page to look at: changecast demo.\n")
            : Reply.text(404, "There is nothing here.\n");

    private final Terminal terminal;

    @Mixin
    private final ConfigurationOptions configurationOptions = new ConfigurationOptions();

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    ServeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        Started started = Started.now();
        verbosity.apply();
        Providers providers = Providers.onClassPath();
        Findings findings = new Findings();
        Optional<Configuration> configuration = configurationOptions.read(providers, System.getenv(), findings);
        findings.warnings().forEach(warning -> terminal.warning(warning.toString()));
        if (configuration.isEmpty()) {
            findings.errors().stream().map(Finding::toString).forEach(terminal::error);
            return ExitCode.CONFIGURATION;
        }
        return serve(configuration.get(), providers, started);
    }

    private int serve(Configuration configuration, Providers providers, Started started) throws InterruptedException {
        Optional<String> missing = Stream.of(
                        Requirements.port(configuration.server()), Requirements.history(configuration.history()))
                .flatMap(Optional::stream)
                .findFirst();
        if (missing.isPresent()) {
            terminal.error(missing.get());
            return ExitCode.CANNOT_START;
        }
        Server server;
        try {
            Logging.apply(configuration.log(), verbosity.isVerbose());
        } catch (ChangecastException e) {
            terminal.error(e.getMessage());
            return ExitCode.CANNOT_START;
        }
        try {
            server = Server.of(configuration, providers, Map.of("/", FRONT));
        } catch (ChangecastException e) {
            terminal.error(configuration.name() + ": " + e.getMessage());
            return ExitCode.CONFIGURATION;
        }
        UntilSignal until = UntilSignal.closing(server);
        try {
            server.start();
        } catch (ChangecastException e) {
            terminal.error(e.getMessage());
            return ExitCode.CANNOT_START;
        }
        server.introduce(started.elapsed());
        until.await();
        return ExitCode.OK;
    }
}
