package dev.changecast.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.server.log.LogSettings.LogFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LoggingTest {
    private static final String PART = "dev.changecast.server.log.part";
    private static final Logger LOG = LoggerFactory.getLogger(PART);

    @TempDir
    private Path directory;

    @AfterEach
    void asBefore() {
        Logging.change(PART, "default");
        // Closes the file.
        Logging.apply(new LogSettings(true, null, Map.of(), null, 0), false);
    }

    private LogSettings toFile(boolean json, long bytes, Map<String, String> levels) {
        return new LogSettings(
                json, null, levels, new LogFile(directory.resolve("log/server.log"), bytes, 2, 1 << 20), 0);
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(directory.resolve("log/server.log"));
    }

    @Test
    void aFileHasTheDayOfEachLine() throws IOException {
        Logging.apply(toFile(false, 1 << 20, Map.of(PART, "info")), false);

        LOG.info("one\ntwo");
        LOG.warn("it failed", new IllegalStateException("for some\nreason"));

        assertThat(lines().get(0)).matches("\\d{4}-\\d\\d-\\d\\dT.* INFO  \\[.*] part one two *");
        assertThat(lines().get(1)).contains("it failed java.lang.IllegalStateException: for some reason at ");
        assertThat(lines()).hasSize(2);
    }

    @Test
    void aFileThatIsFullIsPutAside() throws IOException {
        Logging.apply(toFile(true, 64 << 10, Map.of(PART, "info")), false);

        for (int i = 0; i < 5000; i++) {
            LOG.info("a line to fill a file with, the one with number {}", i);
        }

        try (Stream<Path> files = Files.list(directory.resolve("log"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .anyMatch(name -> name.matches("server\\.log\\.\\d{4}-\\d\\d-\\d\\d\\.\\d+\\.gz.*"));
        }
    }

    @Test
    void aFileThatCannotBeWrittenIsSaid() throws IOException {
        Files.createDirectories(directory.resolve("log/server.log"));

        assertThatThrownBy(() -> Logging.apply(toFile(true, 1 << 20, Map.of()), false))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("the log cannot be written to " + directory.resolve("log/server.log"))
                .hasMessageContaining("set log.file");
    }

    @Test
    void aLevelIsChangedAndTakenBackWhileTheServerRuns() {
        assertThat(LOG.isTraceEnabled()).isFalse();

        Logging.change(PART, "TRACE");
        assertThat(LOG.isTraceEnabled()).isTrue();
        assertThat(Logging.levels()).containsEntry(PART, "trace");

        Logging.change(PART, "error");
        assertThat(LOG.isWarnEnabled()).isFalse();

        Logging.change(PART, "default");
        assertThat(LOG.isTraceEnabled()).isFalse();
        assertThat(Logging.levels()).doesNotContainKey(PART);
    }

    @Test
    void othersTellSecretsBelowInfo() {
        for (String logger : List.of("org.jose4j", "redis.clients", "org.postgresql", "ROOT", "dev.changecaster")) {
            assertThatThrownBy(() -> Logging.change(logger, "debug"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("only loggers of dev.changecast go below info: others tell secrets there");
        }
    }

    @Test
    void whatIsNoLevelAndNoLoggerIsSaid() {
        assertThatThrownBy(() -> Logging.change(PART, "loud"))
                .hasMessage("a level is one of error, warn, info, debug, trace, or default, not loud");
        assertThatThrownBy(() -> Logging.change("dev.changecast/core", "debug"))
                .hasMessageStartingWith("a logger has the name of a package or class, such as dev.changecast.core");
    }
}
