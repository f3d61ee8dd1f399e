package dev.changecast.server.oracle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A wall clock that can be set while a process runs, by Debian's libfaketime in front of the C library. */
final class MovedClock {
    private static final Path LIBRARIES = Path.of("/usr/lib");
    private static final String LIBRARY = "faketime/libfaketimeMT.so.1";

    private final Path library;
    private final Path file;

    private MovedClock(Path library, Path file) {
        this.library = library;
        this.file = file;
    }

    /** A clock that is right for now; empty where libfaketime is not installed. */
    static Optional<MovedClock> in(Path directory) throws IOException {
        try (Stream<Path> architectures = Files.list(LIBRARIES)) {
            Optional<Path> library = architectures
                    .map(architecture -> architecture.resolve(LIBRARY))
                    .filter(Files::exists)
                    .findFirst();
            if (library.isEmpty()) {
                return Optional.empty();
            }
            MovedClock clock = new MovedClock(library.get(), directory.resolve("clock"));
            clock.move(Duration.ZERO);
            return Optional.of(clock);
        }
    }

    /**
     * What a process that goes by this clock has in its environment: it looks once in a second what the clock says. Clocks
     * that nobody can set stay as they are.
     */
    Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "FAKETIME_TIMESTAMP_FILE", file.toString(),
                "FAKETIME_CACHE_DURATION", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                // Else timed waits on such clocks end at once, and all threads of a virtual machine spin.
                "FAKETIME_FORCE_MONOTONIC_FIX", "0",
                "NO_FAKE_STAT", "1");
    }

    /** Sets it, for all processes that go by it, to so much after the real time. */
    void move(Duration ahead) throws IOException {
        Path next = file.resolveSibling("clock.next");
        Files.writeString(next, (ahead.isNegative() ? "" : "+") + ahead.toSeconds() + "\n");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
