package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guards the build: the second run of some tests really meets the older database. */
@Tag(TestPostgres.OLDER_TOO)
class VersionIT {
    @TempDir
    private Path directory;

    @Test
    void theDatabaseIsTheOneThatTheBuildMeans() {
        try (TestPostgres postgres = TestPostgres.start(directory, Map.of())) {
            String version =
                    String.valueOf(postgres.query("SHOW server_version").get(0));
            assertThat(System.getProperty("postgres.expected.version")).startsWith(version.split(" ")[0]);
        }
    }
}
