package dev.changecast.server.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads texts as configurations, with one fake source type. */
final class ConfigurationFixture {
    /** Everything that is needed, and nothing more. */
    static final String MINIMAL = """
            auth: { anonymous: true }
            sources:
              pg: { type: fake, url: "db" }
            routes:
              - { from: pg/public.users, read: everyone }
            """;

    final Findings findings = new Findings();
    final FakeSourceProvider provider = new FakeSourceProvider();
    final Map<String, String> environment = new HashMap<>();

    Optional<Configuration> read(String text) {
        Providers providers = new Providers(List.of(provider, new FakeSourceProvider("other")), List.of());
        return new ConfigurationReader(providers, environment, findings)
                .read("changecast.yaml", text, Path.of("/etc/changecast"));
    }

    /** Reads what must be right. */
    Configuration valid(String text) {
        return read(text).orElseThrow(() -> new AssertionError(findings.errors().toString()));
    }

    /** Reads what must be wrong, and gives the errors as the user sees them. */
    List<String> errors(String text) {
        if (read(text).isPresent()) {
            throw new AssertionError("no error was found");
        }
        return findings.errors().stream().map(Finding::toString).toList();
    }

    List<String> warnings() {
        return findings.warnings().stream().map(Finding::toString).toList();
    }
}
