package dev.changecast.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/** Sets Logback up as the configuration says, and changes levels while the server runs. */
public final class Logging {
    /** The logger above all of this project's. */
    public static final String OWN = "dev.changecast";

    /** From the quietest to the loudest. */
    public static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

    private static final String DEFAULT = "default";
    private static final String DATED = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0}"
            + " %replace(%msg){'[\\p{Cntrl}\\u0085\\u2028\\u2029]+',' '}";

    private static final String SHORT_FAILURE =
            " %replace(%ex{short}){'[\\p{Cntrl}\\u0085\\u2028\\u2029 ]+',' '}%nopex%n";

    /** What held at the start, for those who want it back. */
    private static final Map<String, Optional<Level>> AT_START = new TreeMap<>();

    private Logging() {}

    /**
     * Logs as these settings say from now on.
     *
     * @param verbose whether the command line wants more than they do
     * @throws ChangecastException when the file cannot be written
     */
    public static synchronized void apply(LogSettings settings, boolean verbose) {
        LoggerContext context = context();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        List<Appender<ILoggingEvent>> present = new ArrayList<>();
        root.iteratorForAppenders().forEachRemaining(present::add);
        boolean replaced = settings.json() || settings.file() != null;
        List<Appender<ILoggingEvent>> wanted = replaced ? List.of(appender(settings, context, verbose)) : present;
        present.forEach(root::detachAppender);
        if (replaced) {
            present.forEach(Appender::stop);
        }
        wanted.forEach(appender -> root.addAppender(limited(appender, settings.alike(), context)));
        if (settings.level() != null && !verbose) {
            context.getLogger(OWN).setLevel(Level.toLevel(settings.level()));
        }
        settings.levels().forEach((name, level) -> context.getLogger(name).setLevel(Level.toLevel(level)));
    }

    private static Appender<ILoggingEvent> limited(Appender<ILoggingEvent> appender, int alike, LoggerContext context) {
        Appender<ILoggingEvent> plain = appender instanceof RepeatLimit limit ? limit.target() : appender;
        if (alike == 0) {
            return plain;
        }
        RepeatLimit limited = new RepeatLimit(alike, plain, context);
        limited.start();
        return limited;
    }

    private static Appender<ILoggingEvent> appender(LogSettings settings, LoggerContext context, boolean stacks) {
        OutputStreamAppender<ILoggingEvent> appender =
                settings.file() == null ? standardError() : file(settings.file(), context);
        Encoder<ILoggingEvent> encoder;
        if (settings.json()) {
            encoder = new JsonLines();
        } else {
            PatternLayoutEncoder text = new PatternLayoutEncoder();
            text.setCharset(StandardCharsets.UTF_8);
            text.setPattern(DATED + (stacks ? "%n%ex" : SHORT_FAILURE));
            encoder = text;
        }
        encoder.setContext(context);
        encoder.start();
        appender.setEncoder(encoder);
        appender.setContext(context);
        appender.start();
        return appender;
    }

    private static OutputStreamAppender<ILoggingEvent> standardError() {
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setTarget("System.err");
        console.setName("stderr");
        return console;
    }

    private static OutputStreamAppender<ILoggingEvent> file(LogSettings.LogFile file, LoggerContext context) {
        Path path = file.path().toAbsolutePath();
        unwritable(path).ifPresent(why -> {
            throw new ChangecastException(ErrorCode.BAD_CONFIGURATION, why);
        });
        RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
        appender.setContext(context);
        appender.setName("file");
        appender.setFile(path.toString());
        SizeAndTimeBasedRollingPolicy<ILoggingEvent> rolling = new SizeAndTimeBasedRollingPolicy<>();
        rolling.setContext(context);
        rolling.setParent(appender);
        rolling.setFileNamePattern(path + ".%d{yyyy-MM-dd}.%i.gz");
        rolling.setMaxFileSize(new FileSize(file.bytes()));
        rolling.setMaxHistory(file.days());
        rolling.setTotalSizeCap(new FileSize(file.keptBytes()));
        rolling.setCleanHistoryOnStart(true);
        rolling.start();
        appender.setRollingPolicy(rolling);
        return appender;
    }

    /** Why a file cannot be written; empty when it can. Creates nothing. Logback would tell nobody. */
    public static Optional<String> unwritable(Path file) {
        Path path = file.toAbsolutePath();
        Path existing = path;
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        boolean possible = existing != null
                && Files.isWritable(existing)
                && (existing.equals(path) ? Files.isRegularFile(path) : Files.isDirectory(existing));
        return possible
                ? Optional.empty()
                : Optional.of("the log cannot be written to " + path + " by user " + System.getProperty("user.name")
                        + ": set log.file, or change the owner of its directory");
    }

    /**
     * Changes a level until the server ends.
     *
     * @param logger its name, in the most cases that of a package; those above this project's packages too
     * @param level one of {@link #LEVELS}, or {@code default} for what held before anybody changed it
     * @throws IllegalArgumentException with what would be right
     */
    public static synchronized void change(String logger, String level) {
        String wanted = requireAllowed(logger, level);
        Logger changed = context().getLogger(logger);
        Optional<Level> before = AT_START.computeIfAbsent(logger, name -> Optional.ofNullable(changed.getLevel()));
        changed.setLevel(wanted.equals(DEFAULT) ? before.orElse(null) : Level.toLevel(wanted));
    }

    /**
     * Whether a logger may have this level.
     *
     * @return the level, in lower case
     * @throws IllegalArgumentException with what would be right
     */
    public static String requireAllowed(String logger, String level) {
        if (!logger.matches("[A-Za-z_$][A-Za-z0-9_$]*(\\.[A-Za-z_$][A-Za-z0-9_$]*)*") || logger.length() > 200) {
            throw new IllegalArgumentException("a logger has the name of a package or class, such as " + OWN + ".core");
        }
        String wanted = level.strip().toLowerCase(Locale.ROOT);
        if (!LEVELS.contains(wanted) && !wanted.equals(DEFAULT)) {
            throw new IllegalArgumentException(
                    "a level is one of " + String.join(", ", LEVELS) + ", or " + DEFAULT + ", not " + shortened(level));
        }
        if (LEVELS.indexOf(wanted) > LEVELS.indexOf("info") && !isOwn(logger)) {
            // Drivers and token libraries tell passwords and keys there.
            throw new IllegalArgumentException("only loggers of " + OWN + " go below info: others tell secrets there");
        }
        return wanted;
    }

    /** The levels that are set, by logger; what is not listed has that of the package above. */
    public static synchronized Map<String, String> levels() {
        Map<String, String> levels = new TreeMap<>();
        for (Logger logger : new ArrayList<>(context().getLoggerList())) {
            if (logger.getLevel() != null) {
                levels.put(logger.getName(), logger.getLevel().toString().toLowerCase(Locale.ROOT));
            }
        }
        return levels;
    }

    private static boolean isOwn(String logger) {
        return logger.equals(OWN) || logger.startsWith(OWN + ".");
    }

    private static String shortened(String text) {
        return text.length() > 20 ? text.substring(0, 20) + "…" : text;
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }
}
