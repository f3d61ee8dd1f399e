package dev.changecast.server.log;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is logged, and where to.
 *
 * @param json whether a line is a JSON object, and not text
 * @param level of this project's loggers; null for what the command line and the environment say
 * @param levels of single loggers, by name
 * @param file null for the standard error
 * @param alike how many lines of one kind are written in a minute; 0 for all
 */
public record LogSettings(
        boolean json,
        @Nullable String level,
        Map<String, String> levels,
        @Nullable LogFile file,
        int alike) {
    /** Text to the standard error. */
    public static final LogSettings DEFAULT = new LogSettings(false, null, Map.of(), null, 20);

    public LogSettings {
        levels = Map.copyOf(levels);
    }

    /**
     * A file that is put aside each day, and when it is full.
     *
     * @param bytes how large it may become
     * @param days how many days those are kept that were put aside
     * @param keptBytes how large all of them may become together
     */
    public record LogFile(Path path, long bytes, int days, long keptBytes) {}
}
