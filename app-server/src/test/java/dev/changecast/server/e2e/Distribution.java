package dev.changecast.server.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The distribution, unpacked at a place of its own, whose commands run as a user who may not write there: as nobody, where
 * the tests' own user may choose.
 */
final class Distribution {
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
    private static final String NOBODY = "65534";

    private final Path home;
    private final boolean asNobody;

    private Distribution(Path home, boolean asNobody) {
        this.home = home;
        this.asNobody = asNobody;
    }

    /** The archives that the build has made: tar.gz and zip. */
    static Path archive(String ending) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            return files.filter(file -> file.getFileName().toString().matches("changecast-\\d.*" + ending))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("there is no changecast-*" + ending
                            + " in target: run this with mvn verify, which makes it"));
        }
    }

    /** @param directory gets the distribution, below a name with a blank */
    static Distribution unpack(Path directory) throws Exception {
        Path place = Files.createDirectories(directory.resolve("some where"));
        int unpacked = new ProcessBuilder(
                        "tar", "-xzf", archive(".tar.gz").toAbsolutePath().toString())
                .directory(place.toFile())
                .inheritIO()
                .start()
                .waitFor();
        if (unpacked != 0) {
            throw new AssertionError("tar ended with " + unpacked);
        }
        try (Stream<Path> inside = Files.list(place)) {
            boolean root = "root".equals(System.getProperty("user.name"));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            return new Distribution(inside.findFirst().orElseThrow(), root && Files.exists(SETPRIV));
        }
    }

    Path home() {
        return home;
    }

    /** A directory that the user of the commands may write to. */
    Path writable(Path directory) throws IOException {
        Files.createDirectories(directory);
        return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    /** Runs {@code bin/changecast} from elsewhere, with an environment that has only what is said. */
    Process run(Path directory, Map<String, String> environment, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("bin/changecast").toString()));
        command.addAll(List.of(arguments));
        return runAny(directory, environment, command);
    }

    Process runAny(Path directory, Map<String, String> environment, List<String> command) {
        List<String> whole = new ArrayList<>();
        if (asNobody) {
            whole.addAll(List.of(SETPRIV.toString(), "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"));
        }
        whole.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(whole).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/local/bin:/usr/bin:/bin");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("CHANGECAST_JAVA_OPTS", "-Xmx256m");
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "stop-distribution"));
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
