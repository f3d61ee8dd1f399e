package dev.changecast.server.oracle;

import dev.changecast.testing.Eventually;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Clients of the client for browsers, in a process of Node.js, that follow and watch: see {@code followers.js}, which says
 * what they are told and what they answer.
 */
final class JsFollowers implements AutoCloseable {
    private static final Path SCRIPT = Path.of("../client-js/tests/support/followers.js");

    private final Process process;
    private final Writer commands;
    private final Path log;
    private final Map<Integer, JsonNode> rows = new ConcurrentHashMap<>();
    private volatile @Nullable String broken;
    private volatile @Nullable JsonNode settled;
    private volatile String done = "";

    JsFollowers(Path node, Path directory) throws IOException {
        log = directory.resolve("followers.log");
        process = new ProcessBuilder(node.toString(), "--max-old-space-size=256", SCRIPT.toString())
                .redirectError(Redirect.appendTo(log.toFile()))
                .start();
        commands = process.outputWriter(StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "js-followers");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode message = FollowingClient.JSON.readTree(line);
                if (message.has("broken") && broken == null) {
                    broken = message.path("broken").asString();
                } else if (message.has("live")) {
                    rows.put(message.path("live").asInt(), message.path("rows"));
                } else if (message.has("done")) {
                    done = message.path("done").asString();
                } else if (message.has("settled")) {
                    settled = message.path("settled");
                }
            }
        } catch (IOException e) {
            broken = "its output ended: " + e;
        }
    }

    /** Tells them something. */
    void tell(String action, Map<String, ?> fields) {
        ObjectNode command = FollowingClient.JSON.createObjectNode();
        command.put("do", action);
        fields.forEach((name, value) -> command.set(name, FollowingClient.JSON.valueToTree(value)));
        try {
            commands.write(command + "\n");
            commands.flush();
        } catch (IOException e) {
            check();
            throw new UncheckedIOException(e);
        }
    }

    /** Fails when one of them has seen a promise broken, or when they are gone. */
    void check() {
        if (broken != null) {
            throw new AssertionError(broken);
        }
        if (!process.isAlive()) {
            throw new AssertionError("Node.js ended with " + process.exitValue() + ": " + logged());
        }
    }

    private String logged() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Waits until all have rows. */
    void awaitReady(Duration within) {
        await("ready", within);
    }

    /** Lets nobody drop a connection any more, and waits until all have a WebSocket. */
    void awaitWebSockets(Duration within) {
        await("back", within);
    }

    private void await(String action, Duration within) {
        tell(action, Map.of());
        Eventually.await("all clients to be " + action, within, () -> {
            check();
            return done.equals(action);
        });
    }

    /**
     * Waits until all have a transaction and everything before it.
     *
     * @param tx what the database calls it
     * @param mark the row that it has added to {@code mark}
     * @return what happened to them, for the report of a run
     */
    JsonNode settle(String tx, int mark, Duration within) {
        tell("settle", Map.of("tx", tx, "mark", mark));
        JsonNode end = Eventually.awaitValue("all clients to have transaction " + tx, within, () -> {
            check();
            return settled;
        });
        check();
        return end;
    }

    /** The rows that a live collection had then, by key. */
    Map<String, ObjectNode> rows(int live, List<String> key) {
        Map<String, ObjectNode> byKey = new LinkedHashMap<>();
        for (JsonNode row : rows.getOrDefault(live, FollowingClient.JSON.createArrayNode())) {
            List<String> values = new ArrayList<>();
            key.forEach(column -> values.add(row.get(column).toString()));
            byKey.put(String.join("/", values) + "/", (ObjectNode) row);
        }
        return byKey;
    }

    @Override
    public void close() throws IOException {
        try {
            commands.close();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
