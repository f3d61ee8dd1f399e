package dev.changecast.server.command;

import dev.changecast.api.source.Preparation;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code changecast postgres uninstall}: takes everything out again. */
@Command(
        name = "uninstall",
        description = "Print the SQL that takes the triggers and all that belongs to them out, and with --yes run it.",
        mixinStandardHelpOptions = true)
final class UninstallCommand extends PreparationCommand {
    @Option(names = "--yes", description = "Run the statements, as the source's own user.")
    private boolean yes;

    UninstallCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    int prepare(String source, Preparation preparation) throws Exception {
        List<String> statements = preparation.uninstall();
        if (statements.isEmpty()) {
            terminal.error("source '" + source + "' has nothing in its database; nothing was changed");
            return ExitCode.OK;
        }
        return run(preparation, statements, yes, "all that belonged to source '" + source + "' is gone");
    }
}
