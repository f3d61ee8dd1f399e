package dev.changecast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The source of CONTRIBUTING, built and tested as a project outside this one, over the BOM. */
class OutsideProjectIT {
    private static final long MINUTES = 4;

    @TempDir
    private Path directory;

    @Test
    void aSourceIsBuiltAndKeepsToTheContractWithNothingButWhatIsPublished() throws Exception {
        StagedRepository repository = new StagedRepository(directory.resolve("repository"));
        repository.install(List.of("realtime-bom", "realtime-api", "realtime-core", "realtime-testing"));
        Path settings = directory.resolve("settings.xml");
        Files.writeString(settings, StagedRepository.settings(Path.of(System.getProperty("test.local.repository"))));
        Path project = directory.resolve("spool-source");
        copy(Path.of("spool-source"), project);
        List<String> command = new ArrayList<>(List.of(
                maven(),
                "--batch-mode",
                "--no-transfer-progress",
                "--settings",
                settings.toString(),
                "-Dmaven.repo.local=" + repository.directory(),
                // Offline, files count as remote unless this says otherwise.
                "-Daether.offline.protocols=file",
                "verify"));
        if (System.getProperty("test.maven.mode").equals("offline=true")) {
            command.add(1, "--offline");
        }
        Path output = directory.resolve("output.txt");
        Process build = new ProcessBuilder(command)
                .directory(project.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(build.waitFor(MINUTES, TimeUnit.MINUTES)).isTrue();
        } finally {
            build.destroy();
        }
        assertThat(build.exitValue()).as(Files.readString(output)).isZero();
        assertThat(Files.readString(output))
                .containsPattern("Tests run: \\d{2}, Failures: 0, Errors: 0, Skipped: 0.*SpoolDirectoryContractTest")
                .containsPattern("Tests run: \\d+, Failures: 0, Errors: 0, Skipped: 0.*SpoolDirectorySourceTest");
        assertThat(project.resolve("target/spool-source-1.0-SNAPSHOT.jar")).exists();
    }

    private static String maven() {
        boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        return Path.of(System.getProperty("test.maven.home"), "bin", windows ? "mvn.cmd" : "mvn")
                .toString();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path place = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(place);
                } else {
                    Files.copy(file, place);
                }
            }
        }
    }
}
