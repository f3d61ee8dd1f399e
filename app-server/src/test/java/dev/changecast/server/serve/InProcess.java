package dev.changecast.server.serve;

import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.ConfigurationReader;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import java.nio.file.Path;
import java.util.Map;

/** A server in the test's own process. */
public final class InProcess {
    private InProcess() {}

    /** @param yaml the whole configuration */
    public static Server started(String yaml) {
        Providers providers = Providers.onClassPath();
        Findings findings = new Findings();
        Configuration configuration = new ConfigurationReader(providers, Map.of(), findings)
                .read("test.yaml", yaml, Path.of("."))
                .orElseThrow(() -> new AssertionError(findings.errors().toString()));
        Server started = Server.of(configuration, providers, Map.of());
        started.start();
        return started;
    }
}
