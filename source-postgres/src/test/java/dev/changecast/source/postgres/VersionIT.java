package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Guards the build: the second run of these tests really meets the older server. */
class VersionIT {
    @Test
    void theServerIsTheOneThatTheBuildMeans() {
        String version =
                TestServer.shared().query("postgres", "SHOW server_version").get(0);
        assertThat(System.getProperty("postgres.expected.version")).startsWith(version.split(" ")[0]);
    }
}
