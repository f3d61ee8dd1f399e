package dev.changecast.server.browser;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The installed Node.js, on which the client's tests run. */
public final class NodeJs {
    private static final Path EXECUTABLE = Path.of(System.getProperty("node", "/usr/bin/node"));
    private static final int NEEDED = 20;

    private NodeJs() {}

    /** Where it is; skips the test where there is none, or one that is too old for the client. */
    public static Path assumeRecent() throws IOException {
        assumeTrue(Files.isExecutable(EXECUTABLE), "there is no Node.js at " + EXECUTABLE);
        Process asked = new ProcessBuilder(EXECUTABLE.toString(), "--version").start();
        String version = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int major = Integer.parseInt(version.replaceFirst("v(\\d+).*", "$1"));
        assumeTrue(major >= NEEDED, "the client needs Node.js " + NEEDED + " or later, this is " + version);
        return EXECUTABLE;
    }
}
