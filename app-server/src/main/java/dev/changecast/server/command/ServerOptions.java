package dev.changecast.server.command;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which running server, and the key to its HTTP API, for the commands that use it. */
final class ServerOptions {
    static final String KEY_VARIABLE = "CHANGECAST_API_KEY";

    private final Map<String, String> environment;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

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

    ServerOptions(Map<String, String> environment) {
        this.environment = environment;
    }

    ServerApi api() {
        return new ServerApi(address(), key());
    }

    private URI address() {
        if (!List.of("http", "https").contains(String.valueOf(url.getScheme())) || url.getHost() == null) {
            throw wrong("--url is the address of a server, such as http://127.0.0.1:8080, not " + url);
        }
        return url;
    }

    private String key() {
        String key = environment.get(KEY_VARIABLE);
        if (keyFile != null) {
            try {
                key = Files.readString(keyFile);
            } catch (IOException e) {
                throw wrong("the key cannot be read from " + keyFile
                        + ": it does not exist, or is not text that you may read");
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
