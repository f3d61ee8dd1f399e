package dev.changecast.server.command;

import dev.changecast.server.config.ProviderException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code changecast}, which alone does nothing but tell what there is. */
@Command(
        name = "changecast",
        description = "Committed changes in databases become live updates on screens.",
        subcommands = {
            DemoCommand.class,
            ServeCommand.class,
            CheckCommand.class,
            ExplainCommand.class,
            TailCommand.class,
            PublishCommand.class,
            TokenCommand.class,
            PostgresCommand.class,
            DrainCommand.class,
            LogLevelCommand.class,
            SettingsCommand.class,
            CompletionCommand.class,
            WarmUpCommand.class
        },
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 wrong configuration,",
            "4 check found problems, 5 cannot start (port, history directory),",
            "6 refused by the server, 7 no answer or no room (publish, drain, log-level),",
            "130 and 143 after Ctrl-C and SIGTERM.",
            "",
            "Try it: changecast demo"
        })
public final class ChangecastCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    /** Runs one command line. */
    public static int run(String[] arguments) {
        return run(Terminal.ofProcess(), arguments);
    }

    static int run(Terminal terminal, String... arguments) {
        CommandLine line = new CommandLine(new ChangecastCommand(), new Factory(terminal))
                .setOut(terminal.out())
                .setErr(terminal.err())
                .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colorOut() ? Ansi.ON : Ansi.OFF))
                .setUsageHelpAutoWidth(true)
                .setAbbreviatedOptionsAllowed(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((problem, args) -> usage(terminal, problem))
                .setExecutionExceptionHandler((problem, command, result) -> failure(terminal, problem));
        return line.execute(arguments);
    }

    /** Without a command: the help, as an error. */
    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing: demo, serve, check, explain, tail, publish, token, postgres, drain, log-level,"
                        + " settings or completion");
    }

    /** One line that says what is wrong, one with what was probably meant, one with where to read on. */
    private static int usage(Terminal terminal, ParameterException problem) {
        terminal.error(problem.getMessage());
        UnmatchedArgumentException.printSuggestions(problem, terminal.err());
        terminal.err()
                .println("Try '" + problem.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    private static int failure(Terminal terminal, Exception problem) {
        if (problem instanceof ProviderException) {
            terminal.error(problem.getMessage());
            return ExitCode.CANNOT_START;
        }
        terminal.error("unexpected fault: " + problem);
        problem.printStackTrace(terminal.err());
        return ExitCode.FAILED;
    }

    /** Gives each command the terminal. */
    private record Factory(Terminal terminal) implements IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            try {
                return type.getDeclaredConstructor(Terminal.class).newInstance(terminal);
            } catch (NoSuchMethodException noCommandOfOurs) {
                return CommandLine.defaultFactory().create(type);
            }
        }
    }
}
