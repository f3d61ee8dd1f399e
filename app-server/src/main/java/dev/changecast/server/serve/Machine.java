package dev.changecast.server.serve;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.changecast.core.History;
import dev.changecast.server.config.Configuration;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What this machine has, held against what a configuration may come to need. What is too little works for a while. */
public final class Machine {
    /** Files besides connections: jars, the log's segments, databases. */
    private static final long OTHER_FILES = 500;

    /** Of the heap; the rest is for sessions and what is on its way. */
    private static final double MOST_FOR_HISTORY = 0.6;

    private final long openFiles;
    private final long heap;

    /**
     * @param openFiles how many a process may have open; -1 when nobody knows
     * @param heap how large it may become, in bytes
     */
    Machine(long openFiles, long heap) {
        this.openFiles = openFiles;
        this.heap = heap;
    }

    /** This one, as this process sees it. */
    public static Machine here() {
        long files = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : -1;
        return new Machine(files, Runtime.getRuntime().maxMemory());
    }

    /** What is too little, each with what helps. */
    public List<String> warnings(Configuration configuration) {
        List<String> warnings = new ArrayList<>();
        openFiles(configuration, warnings);
        // One log for each source, and one for what is published.
        int logs = configuration.sources().size() + 1;
        memory(configuration.history(), logs, warnings);
        space(configuration.history(), logs, warnings);
        return warnings;
    }

    private void openFiles(Configuration configuration, List<String> warnings) {
        long connections = (long) configuration.limits().connections()
                + configuration.limits().unauthenticated();
        if (openFiles >= 0 && openFiles < connections + OTHER_FILES) {
            warnings.add("a process may have " + openFiles + " files open here, which is less than the " + connections
                    + " connections of limits.connections and limits.unauthenticated need: raise it (ulimit -n, or"
                    + " LimitNOFILE= of the systemd unit) to " + (connections + OTHER_FILES) + ", or lower the limits");
        }
    }

    private void memory(History history, int logs, List<String> warnings) {
        long wanted = history.memoryBytes() * logs;
        if (wanted > heap * MOST_FOR_HISTORY) {
            warnings.add("history.memory takes up to " + shown(wanted) + " for " + logs + " logs, of a heap of "
                    + shown(heap)
                    + ": lower it, or give the JVM more, as CHANGECAST_JAVA_OPTS=-Xmx"
                    + (1 + (long) (wanted / MOST_FOR_HISTORY) / (1 << 20)) + "m");
        }
    }

    private void space(History history, int logs, List<String> warnings) {
        Path directory = history.directory();
        Path existing = existing(directory);
        if (directory == null || existing == null) {
            return;
        }
        try {
            FileStore store = Files.getFileStore(existing);
            long wanted = history.bytes() * logs;
            long there = Files.exists(directory) ? size(directory) : 0;
            if (store.getUsableSpace() + there < wanted) {
                warnings.add("history.bytes takes up to " + shown(wanted) + " for " + logs + " logs, and the disk of "
                        + existing + " has " + shown(store.getUsableSpace())
                        + " left: lower it, or find more; a full disk stops capture");
            }
        } catch (IOException e) {
            // Whether it can be written is asked elsewhere.
        }
    }

    private static @Nullable Path existing(@Nullable Path directory) {
        Path existing = directory == null ? null : directory.toAbsolutePath();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        return existing;
    }

    private static long size(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static String shown(long bytes) {
        return bytes >= 1 << 30
                ? String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1 << 30))
                : bytes / (1 << 20) + " MiB";
    }
}
