package dev.changecast.server.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code changecast postgres}: what a PostgreSQL database can be given. */
@Command(
        name = "postgres",
        description = "Print SQL for a PostgreSQL database.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
final class PostgresCommand implements Runnable {
    /** Belongs to the source, which this server finds on the class path. */
    private static final String FUNCTION = "dev/changecast/source/postgres/notify.sql";

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    PostgresCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: notify-function");
    }

    @Command(
            name = "notify-function",
            description = "Print the function changecast.notify, by which SQL tells something to people.",
            footer = {
                "",
                "It connects to nothing. Read it, then run it as who owns the database:",
                "",
                "  changecast postgres notify-function | psql shop",
                "",
                "and give the source \"messages: true\"."
            },
            mixinStandardHelpOptions = true)
    int notifyFunction() {
        try (InputStream sql = PostgresCommand.class.getClassLoader().getResourceAsStream(FUNCTION)) {
            if (sql == null) {
                terminal.error("the plug-in for PostgreSQL is not on the class path");
                return ExitCode.CANNOT_START;
            }
            terminal.out().print(new String(sql.readAllBytes(), StandardCharsets.UTF_8));
            terminal.out().flush();
            return ExitCode.OK;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
