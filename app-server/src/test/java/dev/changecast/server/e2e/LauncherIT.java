package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts that find a Java and start it: that of a checkout, which builds first, and that of the distribution. */
class LauncherIT {
    private static final String CHECKOUT = "changecast";
    private static final String DISTRIBUTION = "bin/changecast";

    /** What a build that worked leaves behind. */
    private static final String BUILT = "app-server/target/changecast.stamp";

    @TempDir
    private Path home;

    @BeforeEach
    void copyScripts() throws IOException {
        copy(Path.of("../changecast"), home.resolve(CHECKOUT));
        copy(Path.of("src/dist/bin/changecast"), home.resolve(DISTRIBUTION));
        copy(Path.of("src/dist/lib/launch.sh"), home.resolve("app-server/src/dist/lib/launch.sh"));
        copy(Path.of("src/dist/lib/launch.sh"), home.resolve("lib/launch.sh"));
        Files.createDirectories(home.resolve(".mvn"));
        Files.createDirectories(home.resolve("app-server/src/main"));
        Files.createFile(home.resolve("pom.xml"));
        Files.createFile(home.resolve("app-server/pom.xml"));
        Files.createDirectories(home.resolve("app-server/target"));
    }

    @AfterEach
    void removeLinks() throws IOException {
        try (Stream<Path> files = Files.walk(home)) {
            for (Path link : files.filter(Files::isSymbolicLink).toList()) {
                Files.delete(link);
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.copy(from, to);
        executable(to);
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path script(String name, String... lines) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/usr/bin/env bash\n" + String.join("\n", lines) + "\n");
        executable(file);
        return file;
    }

    /** With nothing in its environment but what is said, a place for tools of the test, and this test's Java. */
    private Process start(String launcher, Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(home.resolve(launcher).toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", home.resolve("tools") + ":/usr/bin:/bin");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static String output(Process process, int exitCode) throws Exception {
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isEqualTo(exitCode);
        return output;
    }

    // ---- Java

    @ParameterizedTest
    @ValueSource(strings = {CHECKOUT, DISTRIBUTION})
    void aWrongJavaHomeIsNamed(String launcher) throws Exception {
        assertThat(output(start(launcher, Map.of("JAVA_HOME", "/nowhere"), "--version"), 1))
                .isEqualTo("changecast: Java 17 or later is needed, and there is no '/nowhere/bin/java'.\n"
                        + "changecast: JAVA_HOME names the wrong directory.\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {CHECKOUT, DISTRIBUTION})
    void noJavaAtAllIsToldWithWhatToInstall(String launcher) throws Exception {
        // All that the script itself needs, and no Java.
        for (String tool : List.of("bash", "env", "dirname", "basename", "readlink", "sed")) {
            Files.createDirectories(home.resolve("tools"));
            Files.createSymbolicLink(home.resolve("tools").resolve(tool), Path.of("/usr/bin", tool));
        }
        Map<String, String> environment =
                Map.of("JAVA_HOME", "", "PATH", home.resolve("tools").toString());

        assertThat(output(start(launcher, environment, "--version"), 1))
                .startsWith("changecast: Java 17 or later is needed, and there is no 'java' on the PATH.\n"
                        + "changecast: On Debian or Ubuntu: apt-get install openjdk-17-");
    }

    @ParameterizedTest
    @ValueSource(strings = {CHECKOUT, DISTRIBUTION})
    void anOldJavaIsToldByItsVersion(String launcher) throws Exception {
        Path java = script("old/bin/java", "exit 1");
        Path home = java.getParent().getParent();
        Map<String, String> environment = Map.of("JAVA_HOME", home.toString());
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"11.0.25\"\n");
        assertThat(output(start(launcher, environment, "--version"), 1))
                .startsWith("changecast: Java 17 or later is needed, '" + java + "' is 11.0.25.\n");

        // Some have no such file and are asked.
        Files.delete(home.resolve("release"));
        script("old/bin/java", "echo 'java version \"1.8.0_352\"' >&2");
        assertThat(output(start(launcher, environment, "--version"), 1))
                .startsWith("changecast: Java 17 or later is needed, '" + java + "' is 1.8.0_352.\n");

        script("old/bin/java", "exit 127");
        assertThat(output(start(launcher, environment, "--version"), 1))
                .startsWith("changecast: Java 17 or later is needed, '" + java + "' is of an unknown version.\n");
    }

    // ---- The build of a checkout

    /** Instead of a build: the program that the real one has made. */
    private void mavenThatBuilds() throws IOException {
        Path target = Path.of("target").toAbsolutePath();
        try (Stream<Path> files = Files.list(target)) {
            String jar = files.map(Path::toString)
                    .filter(name -> name.matches(".*/app-server-\\d[^/]*\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("run this with mvn verify, which makes the jar"));
            script(
                    "tools/mvn",
                    "echo built >> '" + home + "/builds'",
                    "ln -s '" + jar + "' '" + target + "/lib' app-server/target/");
        }
    }

    private List<String> builds() throws IOException {
        return Files.readAllLines(home.resolve("builds"));
    }

    @Test
    void aCheckoutIsBuiltOnceAndAgainWhenASourceIsNewer() throws Exception {
        mavenThatBuilds();

        // Two at once, as by somebody who is impatient: one builds, the other waits.
        Process first = start(CHECKOUT, Map.of(), "--version");
        Process second = start(CHECKOUT, Map.of(), "--version");
        assertThat(output(first, 0) + output(second, 0)).containsOnlyOnce("Building Changecast (first start only");
        assertThat(output(start(CHECKOUT, Map.of(), "--version"), 0)).startsWith("changecast ");
        assertThat(builds()).hasSize(1);

        Path source = Files.createFile(home.resolve("app-server/src/main/New.java"));
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        assertThat(output(start(CHECKOUT, Map.of(), "--version"), 0))
                .startsWith("Building Changecast again, its sources have changed…\nchangecast ");
        assertThat(builds()).hasSize(2);
    }

    @Test
    void aBuildThatFailsShowsItsOutputAndIsTriedAgain() throws Exception {
        script("tools/mvn", "echo '[ERROR] what the compiler says'", "exit 1");

        for (int i = 0; i < 2; i++) {
            assertThat(output(start(CHECKOUT, Map.of(), "--version"), 1))
                    .contains(
                            "[ERROR] what the compiler says\nchangecast: The build failed, its output is above and in ");
        }
        assertThat(home.resolve(BUILT)).doesNotExist();
    }
}
