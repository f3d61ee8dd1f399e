package dev.changecast.server.command;

import dev.changecast.api.source.Preparation;
import picocli.CommandLine.Command;

/** {@code changecast postgres status}: what there is in a database, and who reads it. */
@Command(
        name = "status",
        description = "Tell what capture by triggers has in a database: tables, readers, what is kept.",
        mixinStandardHelpOptions = true)
final class StatusCommand extends PreparationCommand {
    StatusCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    int prepare(String source, Preparation preparation) throws Exception {
        preparation.status().forEach(terminal::line);
        boolean complete = preparation.install().isEmpty();
        if (!complete) {
            terminal.error("something is missing: changecast postgres install shows what");
        }
        return complete ? ExitCode.OK : ExitCode.NOT_READY;
    }
}
