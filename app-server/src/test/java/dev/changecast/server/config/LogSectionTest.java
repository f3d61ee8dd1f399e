package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.log.LogSettings;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LogSectionTest {
    private final ConfigurationFixture fixture = new ConfigurationFixture();

    @Test
    void withoutTheSectionTextGoesToTheStandardError() {
        assertThat(fixture.valid(ConfigurationFixture.MINIMAL).log()).isEqualTo(LogSettings.DEFAULT);
    }

    @Test
    void everythingCanBeSaid() {
        LogSettings log = fixture.valid(ConfigurationFixture.MINIMAL + """
            log:
              format: json
              level: WARN
              levels: [dev.changecast.core.session=debug, org.postgresql=info]
              file: log/server.log
              file_bytes: 1MiB
              keep: 30d
              keep_bytes: 2GiB
              alike: 0
            """).log();

        assertThat(log)
                .isEqualTo(new LogSettings(
                        true,
                        "warn",
                        Map.of("dev.changecast.core.session", "debug", "org.postgresql", "info"),
                        new LogSettings.LogFile(Path.of("/etc/changecast/log/server.log"), 1 << 20, 30, 2L << 30),
                        0));
    }

    @Test
    void theEnvironmentWins() {
        fixture.environment.put("CHANGECAST_LOG_LEVEL", "debug");
        fixture.environment.put("CHANGECAST_LOG_LEVELS", "dev.changecast.core=trace,dev.changecast.http=error");

        LogSettings log = fixture.valid(ConfigurationFixture.MINIMAL + "log: { level: error }")
                .log();

        assertThat(log.level()).isEqualTo("debug");
        assertThat(log.levels()).containsOnlyKeys("dev.changecast.core", "dev.changecast.http");
        assertThat(fixture.warnings()).isEmpty();
    }

    @Test
    void whatIsWrongIsSaid() {
        assertThat(fixture.errors(ConfigurationFixture.MINIMAL + """
            log: { format: xml, level: loud, levels: [a.b, dev.changecast.core=debg, org.jose4j=debug], keep: 1h, alike: -1 }
            """))
                .anyMatch(error -> error.contains("log.format: 'xml' is not one of text, json"))
                .anyMatch(error -> error.contains("log.level: a level is one of error, warn, info, debug, trace"))
                .anyMatch(error -> error.contains("log.levels: write the name of a logger, = and a level"))
                .anyMatch(error ->
                        error.contains("log.levels: a level is one of") && error.contains("did you mean 'debug'?"))
                .anyMatch(error -> error.contains("only loggers of dev.changecast go below info"))
                .anyMatch(error -> error.contains("log.keep: files are kept for whole days: 1d to 3650d"))
                .anyMatch(error -> error.contains("log.alike: -1 is out of bounds"));
    }
}
