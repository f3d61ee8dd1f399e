package dev.changecast.server.command;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code changecast completion}: makes the tab key know commands and options. */
@Command(
        name = "completion",
        description = "Print what makes bash and zsh complete commands and options.",
        footer = {
            "",
            "  source <(changecast completion)",
            "  changecast completion | sudo tee /etc/bash_completion.d/changecast > /dev/null"
        },
        mixinStandardHelpOptions = true)
final class CompletionCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    CompletionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        terminal.line(AutoComplete.bash("changecast", spec.root().commandLine()));
        return ExitCode.OK;
    }
}
