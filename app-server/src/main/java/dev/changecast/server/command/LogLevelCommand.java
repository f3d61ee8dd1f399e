package dev.changecast.server.command;

import dev.changecast.server.log.Logging;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code changecast log-level}: what a running server logs. */
@Command(
        name = "log-level",
        description = "Change how much a running server logs, until it ends; without a level, show what holds.",
        footer = {
            "",
            "  changecast log-level debug",
            "  changecast log-level debug --logger dev.changecast.core.session",
            "  changecast log-level default",
            "",
            "Exit codes: 0 done, 6 refused, 7 no answer."
        },
        mixinStandardHelpOptions = true)
final class LogLevelCommand implements Callable<Integer> {
    private static final JsonMapper JSON = new JsonMapper();

    private final Terminal terminal;

    @Parameters(
            paramLabel = "LEVEL",
            arity = "0..1",
            description = "error, warn, info, debug or trace; default takes a change back.")
    private @Nullable String level;

    @Option(
            names = {"-l", "--logger"},
            paramLabel = "NAME",
            defaultValue = Logging.OWN,
            description = "Of which part: a package or class. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init")
    private String logger;

    @Mixin
    private final ServerOptions server;

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    LogLevelCommand(Terminal terminal) {
        this.terminal = terminal;
        this.server = new ServerOptions(System.getenv());
    }

    @Override
    public Integer call() throws InterruptedException {
        verbosity.apply();
        ObjectNode request = JSON.createObjectNode();
        if (level != null) {
            request.put("level", level).put("logger", logger);
        }
        ServerApi.Answer answer = server.api().post("/api/log-level", request.toString());
        if (!answer.ok()) {
            terminal.error(answer.problem());
            return answer.exitCode();
        }
        JsonNode levels = answer.json().path("levels");
        levels.propertyNames()
                .forEach(name ->
                        terminal.line("%-5s %s".formatted(levels.path(name).asString(""), name)));
        return ExitCode.OK;
    }
}
