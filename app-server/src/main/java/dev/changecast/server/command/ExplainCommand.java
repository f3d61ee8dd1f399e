package dev.changecast.server.command;

import dev.changecast.api.source.Relation;
import dev.changecast.core.Explanation;
import dev.changecast.core.Identity;
import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
            "  changecast explain --user 42 --roles clerk --claim tenant=7 --collection orders",
            "",
            "A claim that is a list is written in brackets: --claim tenants=[7,8]"
        },
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
    /** How many collections are named to somebody who asked for one that is not there. */
    private static final int SHOWN = 30;

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

    @Mixin
    private final ClaimOptions claims = new ClaimOptions();

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
        Identity identity = new Identity(user, Set.copyOf(roles), claims.texts(), claims.lists());
        boolean failed = false;
        int told = 0;
        Set<String> collections = new TreeSet<>();
        for (Configuration.Source source : configuration.get().sources()) {
            try (var closing = source.source()) {
                for (Relation relation : closing.relations()) {
                    Explanation explanation = Explanation.of(
                            configuration.get().routes(),
                            configuration.get().limits().filters(),
                            identity,
                            source.name(),
                            relation);
                    collections.add(explanation.collection());
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
        if (collections.isEmpty()) {
            terminal.error("the sources tell of no tables; PostgreSQL has them in its publication, which is there once"
                    + " 'changecast serve' was started");
            return ExitCode.NOT_READY;
        }
        if (told == 0) {
            terminal.error("there is no collection '" + collection + "'; there are: "
                    + collections.stream().limit(SHOWN).collect(Collectors.joining(", "))
                    + (collections.size() > SHOWN ? ", ..." : ""));
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
