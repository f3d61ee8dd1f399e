package dev.changecast.server.command;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How much is logged. Logback reads these properties when the first logger is made, so nothing may log before. */
final class Verbosity {
    private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = {"-v", "--verbose"},
            description =
                    "Log every connection and event, and errors with their stack. Otherwise the environment variable"
                            + " CHANGECAST_LOG_LEVEL decides: error, warn, info (default), debug or trace.")
    private boolean verbose;

    /** Whether more is wanted than the configuration says. */
    boolean isVerbose() {
        return verbose;
    }

    /** Sets the level up. */
    void apply() {
        apply(Optional.ofNullable(System.getenv("CHANGECAST_LOG_LEVEL")).orElse(null));
    }

    void apply(@Nullable String fromEnvironment) {
        String level = "info";
        if (fromEnvironment != null && !fromEnvironment.isBlank()) {
            level = fromEnvironment.strip().toLowerCase(Locale.ROOT);
            if (!LEVELS.contains(level)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "CHANGECAST_LOG_LEVEL is '" + fromEnvironment + "', which is not one of "
                                + String.join(", ", LEVELS));
            }
        }
        if (verbose && LEVELS.indexOf(level) < LEVELS.indexOf("debug")) {
            level = "debug";
        }
        boolean stacks = LEVELS.indexOf(level) >= LEVELS.indexOf("debug");
        System.setProperty("changecast.log.level", level);
        System.setProperty("changecast.log.libraries", stacks ? "info" : "warn");
        System.setProperty("changecast.log.port", stacks ? level : "warn");
        System.setProperty("changecast.log.stacks", stacks ? "full" : "short");
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        // Decided here too: a message that nobody will see should not cross the bridge.
        Logger.getLogger("").setLevel(stacks ? Level.INFO : Level.WARNING);
    }
}
