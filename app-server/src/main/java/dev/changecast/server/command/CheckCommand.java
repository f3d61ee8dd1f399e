package dev.changecast.server.command;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.CheckResult;
import dev.changecast.ingress.redis.RedisServer;
import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import dev.changecast.server.log.LogSettings;
import dev.changecast.server.log.Logging;
import dev.changecast.server.serve.Machine;
import dev.changecast.server.serve.Requirements;
import dev.changecast.server.serve.Server;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code changecast check}: everything that would keep the server from working, at once. */
@Command(
        name = "check",
        description =
                "Check configuration, databases, Redis, history directory and port; tell everything that is wrong.",
        footer = {"", "Exit codes: 0 all is well, 3 the configuration is wrong, 4 something else is."},
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    private final Terminal terminal;
    private int problems;

    @Mixin
    private final ConfigurationOptions configurationOptions = new ConfigurationOptions();

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    CheckCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        verbosity.apply();
        Providers providers = Providers.onClassPath();
        Findings findings = new Findings();
        Optional<Configuration> configuration = configurationOptions.read(providers, System.getenv(), findings);
        findings.warnings().forEach(warning -> terminal.doubtful(warning.toString()));
        if (configuration.isEmpty()) {
            findings.errors().forEach(error -> terminal.wrong(error.toString()));
            terminal.line("The configuration cannot be used, so databases, history and port were not looked at.");
            return ExitCode.CONFIGURATION;
        }
        terminal.ok("configuration " + configuration.get().name());
        terminal.ok("plug-ins: " + providers);
        check(configuration.get());
        checkAssembly(configuration.get(), providers);
        terminal.line(problems == 0 ? "All is well." : problems == 1 ? "1 problem." : problems + " problems.");
        return problems == 0 ? ExitCode.OK : ExitCode.NOT_READY;
    }

    private void check(Configuration configuration) {
        for (Configuration.Source source : configuration.sources()) {
            try (var closing = source.source()) {
                report("source " + source.name() + ": ", "source " + source, closing.check());
            }
        }
        Configuration.Jwt jwt = configuration.auth().jwt();
        if (jwt != null) {
            report("auth.jwt: ", jwt.toString(), jwt.authenticator().check());
        }
        if (configuration.redisPubSub() != null) {
            RedisServer redis = configuration.redisPubSub().server();
            report("Redis at " + redis, redis.check());
        }
        String directory = configuration.history().directory() == null
                ? "history in memory"
                : "history directory " + configuration.history().directory();
        report(directory, Requirements.history(configuration.history()));
        String address =
                configuration.server().host() + ":" + configuration.server().port();
        report("port " + address, Requirements.port(configuration.server()));
        LogSettings.LogFile log = configuration.log().file();
        if (log != null) {
            report("log " + log.path(), Logging.unwritable(log.path()));
        }
        Machine.here().warnings(configuration).forEach(terminal::doubtful);
    }

    /** What only the parts themselves can tell: routes against each other, a certificate and its key. */
    private void checkAssembly(Configuration configuration, Providers providers) {
        try {
            Server.of(configuration, providers, Map.of()).close();
        } catch (ChangecastException e) {
            terminal.wrong(e.getMessage());
            problems++;
        }
    }

    private void report(String prefix, String what, CheckResult result) {
        for (String problem : result.problems()) {
            terminal.wrong(prefix + problem);
            problems++;
        }
        result.warnings().forEach(warning -> terminal.doubtful(prefix + warning));
        if (result.ok()) {
            terminal.ok(what);
        }
    }

    private void report(String what, Optional<String> problem) {
        if (problem.isPresent()) {
            terminal.wrong(problem.get());
            problems++;
        } else {
            terminal.ok(what);
        }
    }
}
