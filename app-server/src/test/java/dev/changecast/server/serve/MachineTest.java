package dev.changecast.server.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.ConfigurationReader;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
    private static final long GIB = 1L << 30;

    @TempDir
    private Path directory;

    private Configuration configuration(String history) {
        Findings findings = new Findings();
        return new ConfigurationReader(Providers.onClassPath(), Map.of(), findings)
                .read(
                        "test.yaml",
                        "auth: { anonymous: true }\n"
                                + "rooms: []\n"
                                + "limits: { connections: 10000, unauthenticated: 500 }\n"
                                + "history: "
                                + history,
                        directory)
                .orElseThrow(() -> new AssertionError(findings.errors().toString()));
    }

    @Test
    void whatIsEnoughIsNotMentioned() {
        assertThat(new Machine(11_000, GIB).warnings(configuration("{ bytes: 1MiB, memory: 64MiB }")))
                .isEmpty();
        assertThat(new Machine(-1, GIB).warnings(configuration("{ directory: none }")))
                .as("where nobody knows how many files may be open")
                .isEmpty();
    }

    @Test
    void tooFewOpenFilesAreSaidWithWhatIsNeeded() {
        assertThat(new Machine(1024, GIB).warnings(configuration("{ bytes: 1MiB }")))
                .singleElement()
                .asString()
                .startsWith("a process may have 1024 files open here, which is less than the 10500 connections")
                .contains("LimitNOFILE=", "to 11000");
    }

    @Test
    void tooLittleHeapIsSaidWithWhatIsNeeded() {
        assertThat(new Machine(11_000, GIB).warnings(configuration("{ bytes: 1MiB, memory: 900MiB }")))
                .containsExactly(
                        "history.memory takes up to 900 MiB for 1 logs, of a heap of 1.0 GiB: lower it, or give the"
                                + " JVM more, as CHANGECAST_JAVA_OPTS=-Xmx1501m");
    }

    @Test
    void aDiskThatIsTooSmallIsSaid() {
        assertThat(new Machine(11_000, GIB).warnings(configuration("{ directory: not/yet, bytes: 900000TiB }")))
                .singleElement()
                .asString()
                .contains("and the disk of " + directory + " has ", "a full disk stops capture");
    }
}
