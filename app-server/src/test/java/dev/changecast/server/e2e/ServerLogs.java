package dev.changecast.server.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Shows the end of what the servers of a test class logged, when a test fails. */
public final class ServerLogs
        implements TestExecutionExceptionHandler, LifecycleMethodExecutionExceptionHandler, BeforeAllCallback {
    private static final int SHOWN = 60;
    private static final Set<Path> LOGS = new ConcurrentSkipListSet<>();

    public static void add(Path log) {
        LOGS.add(log);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        LOGS.clear();
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw withLogs(failure);
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw withLogs(failure);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw withLogs(failure);
    }

    private static Throwable withLogs(Throwable failure) {
        StringBuilder shown = new StringBuilder();
        for (Path log : LOGS) {
            if (Files.exists(log)) {
                shown.append("\n--- ").append(log).append('\n').append(tail(log));
            }
        }
        failure.addSuppressed(new AssertionError("what the servers logged last:" + shown));
        return failure;
    }

    private static String tail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN), lines.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
