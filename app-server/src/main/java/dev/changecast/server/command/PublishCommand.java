package dev.changecast.server.command;

import dev.changecast.core.Priority;
import dev.changecast.server.config.Quantities;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code changecast publish}: a message through a running server, or those of a file. */
@Command(
        name = "publish",
        description =
                "Publish a message, or several, through a running server, and print offsets when they are durable.",
        footer = {
            "",
            "The API key comes from $CHANGECAST_API_KEY or from a file, and never from the",
            "command line, which everybody on the machine can see.",
            "",
            "  changecast publish --to user:42 '{\"title\":\"Your order is on its way\"}'",
            "  changecast publish --to role:admin --to role:clerk --type shift_change '{}'",
            "  changecast publish --lines < messages.jsonl",
            "",
            "Exit codes: 0 published, 2 wrong usage, 6 refused, 7 no answer or no room: try",
            "again, with the same --id, and nobody gets it twice."
        },
        mixinStandardHelpOptions = true)
final class PublishCommand implements Callable<Integer> {
    /** Numbers go out as they were written. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** What goes together in one request, on any server. */
    private static final int MOST_LINES = 500;

    private static final int MOST_CHARACTERS = 20_000;

    private final Terminal terminal;
    private final InputStream input;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(
            paramLabel = "CONTENT",
            arity = "0..1",
            description = "The content, as JSON; - reads it from standard input.")
    private @Nullable String content;

    @Option(
            names = {"-t", "--to"},
            paramLabel = "ADDRESS",
            description = "Who gets it: broadcast, user:ID, role:ROLE or room:NAME. May be given several times.")
    private List<String> to = List.of();

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            defaultValue = "notification",
            description = "Its type. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init")
    private String type;

    @Option(
            names = "--id",
            paramLabel = "ID",
            description = "Its id: within ten minutes a message with the same one is not published again.")
    private @Nullable String id;

    @Option(
            names = "--priority",
            paramLabel = "PRIORITY",
            description = "How much it matters: high, normal or low. Of what waits for an absent user the lowest goes"
                    + " first.")
    private @Nullable String priority;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            description =
                    "How long a notification waits for an absent user, such as 30m; 1s to 365d. Default: as long as"
                            + " the server keeps them.")
    private @Nullable String ttl;

    @Option(names = "--ephemeral", description = "Only for who is connected now; nothing is kept.")
    private boolean ephemeral;

    @Option(
            names = "--lines",
            description = "Read messages from standard input, one JSON object in each line, with the fields of"
                    + " POST /api/publish: to, type, content, id, ephemeral, priority, ttl_s.")
    private boolean lines;

    @Mixin
    private final ServerOptions server;

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    PublishCommand(Terminal terminal) {
        this(terminal, System.getenv(), System.in);
    }

    PublishCommand(Terminal terminal, Map<String, String> environment, InputStream input) {
        this.terminal = terminal;
        this.server = new ServerOptions(environment);
        this.input = input;
    }

    @Override
    public Integer call() throws InterruptedException {
        verbosity.apply();
        ServerApi api = server.api();
        if (lines) {
            requireLinesAlone();
            return publishLines(api);
        }
        ServerApi.Answer answer = api.publish(message().toString());
        if (answer.ok()) {
            print(answer.json().path("offset"), answer.json().path("repeated").asBoolean(false));
            return ExitCode.OK;
        }
        terminal.error(answer.problem());
        return answer.exitCode();
    }

    // ---- Messages in lines

    private void requireLinesAlone() {
        for (String option : List.of("--to", "--type", "--id", "--priority", "--ttl", "--ephemeral")) {
            if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw wrong(option + " does not go with --lines: each line says it for itself");
            }
        }
        if (content != null) {
            throw wrong("the content does not go with --lines: each line has its own");
        }
    }

    private int publishLines(ServerApi server) throws InterruptedException {
        List<String> batch = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        int characters = 0;
        int number = 0;
        // Another encoding is an error: what it would become, all would see.
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8.newDecoder()))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                requireObject(line, number);
                if (batch.size() == MOST_LINES || !batch.isEmpty() && characters + line.length() > MOST_CHARACTERS) {
                    int code = publishBatch(server, batch, numbers);
                    if (code != ExitCode.OK) {
                        return code;
                    }
                    characters = 0;
                }
                batch.add(line);
                numbers.add(number);
                characters += line.length();
            }
        } catch (IOException e) {
            throw wrong("standard input cannot be read as text in UTF-8, after line " + number + ": " + e.getMessage());
        }
        return batch.isEmpty() ? ExitCode.OK : publishBatch(server, batch, numbers);
    }

    private void requireObject(String line, int number) {
        try {
            if (JSON.readTree(line).isObject()) {
                return;
            }
        } catch (JacksonException e) {
            // The same error as for other JSON.
        }
        throw wrong("line " + number + " is no JSON object like {\"to\":\"user:42\",\"type\":\"notification\","
                + "\"content\":{}}; the lines before it whose offsets are printed are published");
    }

    private int publishBatch(ServerApi server, List<String> batch, List<Integer> numbers) throws InterruptedException {
        ServerApi.Answer answer = server.publish("[" + String.join(",", batch) + "]");
        if (answer.ok()) {
            Set<Integer> repeated = new HashSet<>();
            answer.json().path("repeated").forEach(index -> repeated.add(index.asInt()));
            for (int i = 0; i < batch.size(); i++) {
                print(answer.json().path("offsets").path(i), repeated.contains(i));
            }
            batch.clear();
            numbers.clear();
            return ExitCode.OK;
        }
        terminal.error(answer.problem());
        for (JsonNode error : answer.json().path("errors")) {
            int index = error.path("index").asInt(-1);
            String line = index >= 0 && index < numbers.size() ? "line " + numbers.get(index) + ": " : "";
            terminal.error(line + error.path("message").asString(""));
        }
        terminal.error("lines " + numbers.get(0) + " to " + numbers.get(numbers.size() - 1)
                + " and those after them are not known to be published");
        return answer.exitCode();
    }

    private void print(JsonNode offset, boolean repeated) {
        String text = offset.asString("");
        terminal.line((text.isEmpty() ? "published" : text) + (repeated ? "  (was published before)" : ""));
    }

    private ObjectNode message() {
        if (to.isEmpty()) {
            throw wrong(
                    "say who gets it: --to broadcast, --to user:42, --to role:admin or --to room:lobby; or give whole"
                            + " messages with --lines");
        }
        if (content == null) {
            throw wrong("there is no content: give it as JSON, or - to read it from standard input");
        }
        ObjectNode message = JSON.createObjectNode();
        ArrayNode addresses = message.putArray("to");
        to.forEach(addresses::add);
        message.put("type", type);
        try {
            message.set("content", JSON.readTree(content.equals("-") ? standardInput() : content));
        } catch (IOException e) {
            throw wrong("standard input cannot be read as text in UTF-8: " + e.getMessage());
        } catch (JacksonException e) {
            throw wrong("the content is JSON, such as '{\"title\":\"Hello\"}', not " + content);
        }
        if (id != null) {
            message.put("id", id);
        }
        if (ephemeral) {
            message.put("ephemeral", true);
        }
        if (priority != null) {
            message.put("priority", priority(priority));
        }
        if (ttl != null) {
            message.put("ttl_s", seconds(ttl));
        }
        return message;
    }

    private String priority(String said) {
        return Priority.of(said)
                .orElseThrow(() -> wrong("--priority is high, normal or low, not " + said))
                .wireName();
    }

    /** Whether that is too short or too long the server says. */
    private long seconds(String time) {
        return Quantities.duration(time)
                .filter(duration -> duration.getNano() == 0)
                .orElseThrow(() -> wrong(
                        "--ttl is a number of whole seconds with a unit, such as 90s, 30m, 24h or 7d, not " + time))
                .toSeconds();
    }

    private String standardInput() throws IOException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(input.readAllBytes()))
                .toString();
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
