package dev.changecast.server.command;

import dev.changecast.api.source.Preparation;
import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What the commands have in common that look after what a source needs in its database. */
abstract class PreparationCommand implements Callable<Integer> {
    final Terminal terminal;

    @Mixin
    private final ConfigurationOptions configurationOptions = new ConfigurationOptions();

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "SOURCE",
            description = "The source's name in the configuration; needed where several have mode: trigger.")
    private @Nullable String name;

    PreparationCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    abstract int prepare(String source, Preparation preparation) throws Exception;

    @Override
    public Integer call() {
        verbosity.apply();
        Findings findings = new Findings();
        Optional<Configuration> configuration =
                configurationOptions.read(Providers.onClassPath(), System.getenv(), findings);
        if (configuration.isEmpty()) {
            findings.errors().forEach(error -> terminal.error(error.toString()));
            return ExitCode.CONFIGURATION;
        }
        List<Configuration.Source> sources = configuration.get().sources();
        try {
            return prepare(sources);
        } finally {
            sources.forEach(source -> close(source));
        }
    }

    private int prepare(List<Configuration.Source> sources) {
        List<Configuration.Source> meant = sources.stream()
                .filter(source -> name == null
                        ? source.source().preparation().isPresent()
                        : source.name().equals(name))
                .toList();
        if (meant.size() != 1) {
            terminal.error(
                    meant.isEmpty() ? none(sources) : "there are several such sources: name one of " + names(meant));
            return ExitCode.USAGE;
        }
        Configuration.Source source = meant.get(0);
        Preparation preparation = source.source().preparation().orElse(null);
        if (preparation == null) {
            terminal.error(
                    "source '" + source.name() + "' needs nothing of this kind: only sources with mode: trigger do");
            return ExitCode.USAGE;
        }
        try {
            return prepare(source.name(), preparation);
        } catch (Exception e) {
            terminal.error("source '" + source.name() + "': " + e.getMessage());
            return ExitCode.NOT_READY;
        }
    }

    private String none(List<Configuration.Source> sources) {
        return name == null
                ? "no source has mode: trigger, and others need nothing of this kind"
                : "there is no source '" + name + "'; there are: " + names(sources);
    }

    private static String names(List<Configuration.Source> sources) {
        return sources.stream().map(Configuration.Source::name).collect(Collectors.joining(", "));
    }

    private static void close(Configuration.Source source) {
        try {
            source.source().close();
        } catch (Exception e) {
            throw new IllegalStateException("source " + source.name() + " cannot be closed", e);
        }
    }

    /** Prints the statements as a script, and runs them if this is wanted. */
    final int run(Preparation preparation, List<String> statements, boolean yes, String done) throws Exception {
        statements.forEach(statement -> terminal.line(statement + "\n"));
        if (!yes) {
            terminal.error("nothing was changed: read these statements, then run them as who owns the tables (psql), or"
                    + " this command with --yes");
            return ExitCode.OK;
        }
        preparation.execute(statements);
        terminal.ok(done);
        return ExitCode.OK;
    }
}
