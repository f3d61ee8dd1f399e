package dev.changecast.server.command;

import dev.changecast.server.command.Terminal.Color;
import dev.changecast.server.tail.ChangeLine;
import dev.changecast.server.tail.Tail;
import dev.changecast.server.tail.TailOutput;
import dev.changecast.server.tail.TailRequest;
import dev.changecast.server.tail.TailSession;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code changecast tail}: the changes of a running server, in the terminal. */
@Command(
        name = "tail",
        description = "Print the changes of a running server as they are committed, until Ctrl-C.",
        footer = {
            "",
            "After a lost connection it goes on from the last change, without a gap. At",
            "its end it tells the offsets to go on from with --since.",
            "",
            "  changecast tail workstations --filter '{\"floor_number\":1}'"
        },
        mixinStandardHelpOptions = true)
final class TailCommand implements Callable<Integer> {
    private static final JsonMapper JSON = new JsonMapper();

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "COLLECTION", description = "What to print.")
    @SuppressWarnings("NullAway.Init")
    private List<String> collections;

    @Option(
            names = {"-u", "--url"},
            paramLabel = "URL",
            defaultValue = "ws://127.0.0.1:8080/ws",
            description = "The server's WebSocket. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init")
    private URI url;

    @Option(
            names = {"-f", "--filter"},
            paramLabel = "JSON",
            description = "Only rows that match, such as {\"status\":{\"$in\":[\"occupied\",\"reserved\"]}}.")
    private @Nullable String filter;

    @Option(
            names = {"-s", "--since"},
            paramLabel = "SOURCE=OFFSET",
            description = "Begin after this offset instead of now; once per source.")
    private Map<String, String> since = new LinkedHashMap<>();

    @Option(names = "--json", description = "Print each change as one line of JSON, as it came.")
    private boolean json;

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    TailCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        verbosity.apply();
        TailOutput output = json ? new JsonLines() : new Lines();
        TailSession session = new TailSession(new TailRequest(address(), collections, parsedFilter(), since), output);
        Thread farewell = new Thread(() -> tellOffsets(session), "changecast-tail-end");
        Runtime.getRuntime().addShutdownHook(farewell);
        try {
            new Tail(url, session, output).run();
            return ExitCode.OK;
        } catch (TailSession.RefusedException e) {
            Runtime.getRuntime().removeShutdownHook(farewell);
            terminal.error(e.getMessage());
            return ExitCode.REFUSED;
        }
    }

    private URI address() {
        if (!List.of("ws", "wss").contains(String.valueOf(url.getScheme())) || url.getHost() == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--url is the address of a WebSocket, such as ws://127.0.0.1:8080/ws, not " + url);
        }
        return url;
    }

    private @Nullable ObjectNode parsedFilter() {
        if (filter == null) {
            return null;
        }
        try {
            if (JSON.readTree(filter) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException e) {
            // Answered below.
        }
        throw new ParameterException(
                spec.commandLine(), "--filter is a JSON object such as '{\"floor_number\":1}', not " + filter);
    }

    private void tellOffsets(TailSession session) {
        String options = session.offsets().entrySet().stream()
                .map(offset -> "--since " + offset.getKey() + "=" + offset.getValue())
                .collect(Collectors.joining(" "));
        if (!options.isEmpty()) {
            terminal.err().println("To go on from here: " + options);
        }
    }

    /** One line per change; the changes of a larger transaction are held together by a bar. */
    private final class Lines implements TailOutput {
        @Override
        public void changes(List<JsonNode> changes) {
            for (int i = 0; i < changes.size(); i++) {
                ChangeLine line = ChangeLine.of(changes.get(i));
                String bar = changes.size() == 1 ? " " : i == 0 ? "┌" : i == changes.size() - 1 ? "└" : "│";
                terminal.line("%s %s %s %s %s  %s  %s"
                        .formatted(
                                terminal.colored(Color.DIM, line.time()),
                                bar,
                                terminal.colored(colorOf(line.action()), "%-6s".formatted(line.action())),
                                line.collection(),
                                terminal.colored(Color.BOLD, line.key()),
                                line.values(),
                                terminal.colored(Color.DIM, "tx " + line.tx())));
            }
        }

        @Override
        public void note(String text) {
            terminal.err().println("-- " + text);
        }

        private Color colorOf(String action) {
            return switch (action) {
                case "insert" -> Color.GREEN;
                case "update" -> Color.CYAN;
                case "delete", "truncate" -> Color.RED;
                default -> Color.YELLOW;
            };
        }
    }

    private final class JsonLines implements TailOutput {
        @Override
        public void changes(List<JsonNode> changes) {
            changes.forEach(change -> terminal.line(change.toString()));
        }

        @Override
        public void note(String text) {
            terminal.err().println("-- " + text);
        }
    }
}
