package dev.changecast.server.command;

import dev.changecast.api.source.Relation;
import dev.changecast.core.Explanation;
import dev.changecast.core.Identity;
import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code changecast explain}: what the routes let somebody see, and why. */
@Command(
        name = "explain",
        description = "Tell what the routes let somebody see: rows, columns, and what is pushed to whom.",
        footer = {
            "",
            "Asks the databases for their tables, and no server. Without --user it is",
            "somebody anonymous; without --collection it tells of every table.",
            "",
            "  changecast explain --user 42 --roles clerk --claim tenant=7 --collection orders"
        },
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final ConfigurationOptions configurationOptions = new ConfigurationOptions();

    @Option(
            names = {"-u", "--user"},
            paramLabel = "ID",
            description = "The user's id.")
    private @Nullable String user;

    @Option(
            names = {"-r", "--roles"},
            paramLabel = "ROLE",
            split = ",",
            description = "The user's roles.")
    private List<String> roles = new ArrayList<>();

    @Option(names = "--claim", paramLabel = "NAME=VALUE", description = "A claim of the user's token; once per claim.")
    private Map<String, String> claims = new LinkedHashMap<>();

    @Option(names = "--collection", paramLabel = "NAME", description = "The collection, by its name for clients.")
    private @Nullable String collection;

    @Option(names = "--json", description = "Print one line of JSON for each, and nothing else.")
    private boolean json;

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    ExplainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

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
        Identity identity = new Identity(user, Set.copyOf(roles), claims);
        boolean failed = false;
        int told = 0;
        for (Configuration.Source source : configuration.get().sources()) {
            try (var closing = source.source()) {
                for (Relation relation : closing.relations()) {
                    Explanation explanation =
                            Explanation.of(configuration.get().routes(), identity, source.name(), relation);
                    if (collection == null || collection.equals(explanation.collection())) {
                        tell(explanation);
                        told++;
                    }
                }
            } catch (Exception e) {
                terminal.error("the source '" + source.name() + "' does not tell its tables: " + e.getMessage());
                failed = true;
            }
        }
        if (failed) {
            return ExitCode.NOT_READY;
        }
        if (told == 0) {
            terminal.error(
                    collection == null
                            ? "the sources have no tables"
                            : "no source has a collection '" + collection + "'");
            return ExitCode.FAILED;
        }
        return ExitCode.OK;
    }

    private void tell(Explanation explanation) {
        if (!json) {
            explanation.words().forEach(terminal::line);
        }
        terminal.line(explanation.json());
        if (!json) {
            terminal.line("");
        }
    }
}
