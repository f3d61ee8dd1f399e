package dev.changecast.server.browser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client's own tests that need a server, on Node.js, with the server of this build. */
class NodeClientIT {
    @TempDir
    private Path directory;

    @Test
    void theClientsTestsAgainstTheRealServerPass() throws Exception {
        Path node = NodeJs.assumeRecent();
        Path output = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(
                        node.toString(), "--test", "--test-reporter=tap", "tests/server.test.js")
                .directory(new File("../client-js"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("CHANGECAST_SERVER_CLASSPATH", classPath());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process tests = builder.start();
        try {
            assertThat(tests.waitFor(150, TimeUnit.SECONDS))
                    .as("it ends; so far:\n%s", told(output))
                    .isTrue();
        } finally {
            tests.descendants().forEach(ProcessHandle::destroyForcibly);
            tests.destroyForcibly();
        }

        assertThat(tests.exitValue()).as(told(output)).isZero();
        assertThat(told(output)).contains("# fail 0", "# skipped 0");
    }

    private static String told(Path output) throws IOException {
        return Files.readString(output, StandardCharsets.UTF_8);
    }

    /** Where a forked test runs, the class path is in a jar's manifest, and in a property of its own. */
    private static String classPath() {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return String.join(
                File.pathSeparator,
                Arrays.stream(path.split(File.pathSeparator))
                        .filter(part -> !part.endsWith("test-classes"))
                        .toList());
    }
}
