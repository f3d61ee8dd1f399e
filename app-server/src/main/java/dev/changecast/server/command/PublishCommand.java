package dev.changecast.server.command;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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

/** {@code changecast publish}: one message through a running server. */
@Command(
        name = "publish",
        description = "Publish a message through a running server, and print its offset when it is durable.",
        footer = {
            "",
            "The API key comes from $CHANGECAST_API_KEY or from a file, and never from the",
            "command line, which everybody on the machine can see.",
            "",
            "  changecast publish --to user:42 '{\"title\":\"Your order is on its way\"}'",
            "  changecast publish --to role:admin --to role:clerk --type shift_change '{}'"
        },
        mixinStandardHelpOptions = true)
final class PublishCommand implements Callable<Integer> {
    static final String KEY_VARIABLE = "CHANGECAST_API_KEY";

    /** Numbers go out as they were written. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(30);

    private final Terminal terminal;
    private final Map<String, String> environment;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "CONTENT", description = "The content, as JSON; - reads it from standard input.")
    @SuppressWarnings("NullAway.Init")
    private String content;

    @Option(
            names = {"-t", "--to"},
            paramLabel = "ADDRESS",
            required = true,
            description = "Who gets it: broadcast, user:ID, role:ROLE or room:NAME. May be given several times.")
    @SuppressWarnings("NullAway.Init")
    private List<String> to;

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

    @Option(names = "--ephemeral", description = "Only for who is connected now; nothing is kept.")
    private boolean ephemeral;

    @Option(
            names = {"-u", "--url"},
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:8080",
            description = "The server. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init")
    private URI url;

    @Option(
            names = {"-k", "--key-file"},
            paramLabel = "FILE",
            description = "A file that holds the API key. Default: $CHANGECAST_API_KEY is the key.")
    private @Nullable Path keyFile;

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    PublishCommand(Terminal terminal) {
        this(terminal, System.getenv());
    }

    PublishCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public Integer call() throws InterruptedException {
        verbosity.apply();
        HttpRequest request = HttpRequest.newBuilder(address())
                .timeout(ANSWER)
                .header("Authorization", "Bearer " + key())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(message().toString()))
                .build();
        try {
            HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).build();
            return tell(client.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            terminal.error("no answer from " + url + ": " + why + "; is the server running there? --url names another");
            return ExitCode.REFUSED;
        }
    }

    private int tell(HttpResponse<String> response) {
        JsonNode answer;
        try {
            answer = JSON.readTree(response.body());
        } catch (JacksonException e) {
            answer = JSON.createObjectNode();
        }
        if (response.statusCode() == 200) {
            String offset = answer.path("offset").asString("");
            terminal.line((offset.isEmpty() ? "published" : offset)
                    + (answer.path("repeated").asBoolean(false) ? "  (was published before)" : ""));
            return ExitCode.OK;
        }
        String message = answer.path("message").asString("");
        terminal.error(
                message.isEmpty()
                        ? url + " answers " + response.statusCode() + "; is that a Changecast server?"
                        : "refused with " + response.statusCode() + ": " + message);
        return ExitCode.REFUSED;
    }

    private URI address() {
        if (!List.of("http", "https").contains(String.valueOf(url.getScheme())) || url.getHost() == null) {
            throw wrong("--url is the address of a server, such as http://127.0.0.1:8080, not " + url);
        }
        return url.resolve("/api/publish");
    }

    private ObjectNode message() {
        ObjectNode message = JSON.createObjectNode();
        ArrayNode addresses = message.putArray("to");
        to.forEach(addresses::add);
        message.put("type", type);
        try {
            String text = content.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : content;
            message.set("content", JSON.readTree(text));
        } catch (IOException e) {
            throw wrong("the content cannot be read: " + e.getMessage());
        } catch (JacksonException e) {
            throw wrong("the content is JSON, such as '{\"title\":\"Hello\"}', not " + content);
        }
        if (id != null) {
            message.put("id", id);
        }
        if (ephemeral) {
            message.put("ephemeral", true);
        }
        return message;
    }

    private String key() {
        String key = environment.get(KEY_VARIABLE);
        if (keyFile != null) {
            try {
                key = Files.readString(keyFile);
            } catch (IOException e) {
                throw wrong("the key cannot be read from " + keyFile
                        + ": it does not exist, or is not text that you may" + " read");
            }
        }
        if (key == null || key.isBlank()) {
            throw wrong("there is no API key: set $" + KEY_VARIABLE
                    + ", or name a file with --key-file; it is one of the server's auth.api_keys");
        }
        if (!key.strip().chars().allMatch(each -> each > ' ' && each < 127)) {
            // The header would be refused with the key in the message.
            throw wrong("the API key holds something that no key holds, a blank perhaps");
        }
        return key.strip();
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
