package dev.changecast.server.command;

import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.ConfigurationReader;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which configuration, for the commands that need one. */
final class ConfigurationOptions {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "${env:CHANGECAST_CONFIG:-changecast.yaml}",
            description = "The configuration. Default: $CHANGECAST_CONFIG, or changecast.yaml here.")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    Path file() {
        return file;
    }

    Optional<Configuration> read(Providers providers, Map<String, String> environment, Findings findings) {
        return new ConfigurationReader(providers, environment, findings).read(file);
    }
}
