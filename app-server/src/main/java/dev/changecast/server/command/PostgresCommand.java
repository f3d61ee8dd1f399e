package dev.changecast.server.command;

import dev.changecast.server.postgres.NotifyFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code changecast postgres}: what a PostgreSQL database can be given. */
@Command(
        name = "postgres",
        description = "Give a PostgreSQL database what it needs for capture by triggers, or for messages from SQL.",
        subcommands = {InstallCommand.class, StatusCommand.class, UninstallCommand.class},
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
final class PostgresCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    PostgresCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "a command is missing: install, status, uninstall or notify-function");
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
                "and give the source \"messages: true\". With \"mode: trigger\" the command install",
                "brings a function of its own."
            },
            mixinStandardHelpOptions = true)
    int notifyFunction() {
        String sql = NotifyFunction.sql().orElse(null);
        if (sql == null) {
            terminal.error("the plug-in for PostgreSQL is not on the class path");
            return ExitCode.CANNOT_START;
        }
        terminal.out().print(sql);
        terminal.out().flush();
        return ExitCode.OK;
    }
}
