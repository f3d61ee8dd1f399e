package dev.changecast.server.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A PostgreSQL server still running on a data directory because the process that started it was killed. */
final class LeftBehind {
    private static final int WAIT_SECONDS = 20;

    private LeftBehind() {}

    /** Stops the server of this directory, if one is running, and removes its mark. */
    static void stop(Path directory) throws IOException {
        Path mark = directory.resolve("postmaster.pid");
        Optional<ProcessHandle> server = server(mark, directory);
        if (server.isEmpty()) {
            // A mark without its process, or one whose number another program has by now.
            Files.deleteIfExists(mark);
            return;
        }
        interrupt(server.get());
        try {
            server.get().onExit().get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException(
                    "PostgreSQL of an earlier run (process " + server.get().pid()
                            + ") does not stop; end it, then try again",
                    e);
        } catch (ExecutionException e) {
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while PostgreSQL of an earlier run was stopping", e);
        }
    }

    private static Optional<ProcessHandle> server(Path mark, Path directory) throws IOException {
        if (!Files.exists(mark)) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(mark);
        boolean ours = lines.size() > 1
                && lines.get(0).matches("\\d+")
                && Path.of(lines.get(1))
                        .toAbsolutePath()
                        .normalize()
                        .equals(directory.toAbsolutePath().normalize());
        return ours ? ProcessHandle.of(Long.parseLong(lines.get(0))).filter(LeftBehind::isPostgres) : Optional.empty();
    }

    private static boolean isPostgres(ProcessHandle process) {
        return process.info()
                .command()
                .map(command -> command.contains("postgres"))
                .orElse(true);
    }

    /** SIGINT is PostgreSQL's quick shutdown; SIGTERM, which Java can send, would wait for every client to leave. */
    private static void interrupt(ProcessHandle server) throws IOException {
        new ProcessBuilder("kill", "-INT", Long.toString(server.pid()))
                .redirectErrorStream(true)
                .start();
    }
}
