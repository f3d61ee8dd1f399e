package dev.changecast.server.command;

import dev.changecast.api.source.Preparation;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code changecast postgres install}: what capture by triggers needs in a database. */
@Command(
        name = "install",
        description = "Print the SQL that gives a database its triggers, and with --yes run it.",
        footer = {
            "",
            "Only what is still missing is printed. It may be run by somebody else:",
            "",
            "  changecast postgres install | psql shop"
        },
        mixinStandardHelpOptions = true)
final class InstallCommand extends PreparationCommand {
    @Option(names = "--yes", description = "Run the statements, as the source's own user.")
    private boolean yes;

    InstallCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    int prepare(String source, Preparation preparation) throws Exception {
        List<String> statements = preparation.install();
        if (statements.isEmpty()) {
            terminal.error("source '" + source + "' has all that it needs; nothing was changed");
            return ExitCode.OK;
        }
        return run(preparation, statements, yes, "source '" + source + "' has its triggers");
    }
}
