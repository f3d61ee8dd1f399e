package dev.changecast.server.command;

import dev.changecast.server.config.ConfigurationReference;
import dev.changecast.server.config.Providers;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code changecast settings}: every setting, as this server reads them. */
@Command(
        name = "settings",
        description = "Print every setting of the configuration, those of plug-ins too, as Markdown.",
        mixinStandardHelpOptions = true)
final class SettingsCommand implements Callable<Integer> {
    private final Terminal terminal;

    SettingsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        terminal.out().print(ConfigurationReference.of(Providers.onClassPath()));
        terminal.out().flush();
        return ExitCode.OK;
    }
}
