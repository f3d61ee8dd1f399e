package dev.changecast.transport.sse;

import dev.changecast.api.transport.Handshake;
import dev.changecast.transport.servlet.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a request subscribes to, as commands with the ids 1, 2 and so on. */
record Wanted(List<String> commands) {
    private static final String EXAMPLE = "?collection=users&filter=%7B%22active%22%3Atrue%7D";

    /** A query that cannot be understood. */
    static final class BadQueryException extends Exception {
        private static final long serialVersionUID = 1L;

        private BadQueryException(String message) {
            super(message, null, false, false);
        }

        Problem problem() {
            return Problem.badRequest(String.valueOf(getMessage()));
        }
    }

    /**
     * The parameters {@code filter}, {@code columns} and {@code snapshot} stand once for each {@code collection}, in the
     * same order, or not at all; {@code since} holds for all. What the client's last event said goes before {@code
     * since}.
     */
    static Wanted of(Handshake handshake) throws BadQueryException {
        List<String> collections = handshake.query().getOrDefault("collection", List.of());
        if (collections.isEmpty()) {
            throw new BadQueryException("name a collection at least: " + EXAMPLE);
        }
        List<String> filters = forEach(collections, handshake, "filter");
        List<String> columns = forEach(collections, handshake, "columns");
        List<String> snapshots = forEach(collections, handshake, "snapshot");
        String since = since(handshake);
        List<String> commands = new ArrayList<>();
        for (int i = 0; i < collections.size(); i++) {
            StringBuilder command = new StringBuilder("{\"type\":\"subscribe\",\"id\":\"" + (i + 1) + "\"");
            command.append(",\"collection\":").append(Problem.quoted(collections.get(i)));
            if (!filters.get(i).isEmpty()) {
                command.append(",\"filter\":").append(object("filter", filters.get(i)));
            }
            if (!columns.get(i).isEmpty()) {
                command.append(",\"columns\":").append(names(columns.get(i)));
            }
            if (!snapshots.get(i).isEmpty()) {
                command.append(",\"snapshot\":").append(snapshot(snapshots.get(i)));
            }
            if (since != null) {
                command.append(",\"since\":").append(since);
            }
            commands.add(command.append('}').toString());
        }
        return new Wanted(List.copyOf(commands));
    }

    private static List<String> forEach(List<String> collections, Handshake handshake, String name)
            throws BadQueryException {
        List<String> values = handshake.query().getOrDefault(name, List.of());
        if (values.isEmpty()) {
            return collections.stream().map(collection -> "").toList();
        }
        if (values.size() != collections.size()) {
            throw new BadQueryException(
                    "there are " + collections.size() + " collections and " + values.size() + " of \"" + name
                            + "\": give one for each, in the same order (an empty one is none), or none at all");
        }
        return values;
    }

    private static @Nullable String since(Handshake handshake) throws BadQueryException {
        Optional<String> last = handshake.header("Last-Event-ID").filter(id -> !id.isEmpty());
        if (last.isPresent()) {
            return object("Last-Event-ID", last.get());
        }
        Optional<String> since = handshake.parameter("since").filter(value -> !value.isEmpty());
        return since.isPresent() ? object("since", since.get()) : null;
    }

    private static String object(String name, String text) throws BadQueryException {
        return Json.object(text)
                .orElseThrow(() ->
                        new BadQueryException("\"" + name + "\" is a JSON object, encoded for a URL: " + EXAMPLE));
    }

    private static String names(String columns) {
        return Arrays.stream(columns.split(","))
                .map(name -> Problem.quoted(name.strip()))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static String snapshot(String value) throws BadQueryException {
        return switch (value) {
            case "true", "false" -> value;
            default ->
                Json.object(value)
                        .orElseThrow(() -> new BadQueryException(
                                "\"snapshot\" is true, false or {\"order_by\":…,\"limit\":…}, encoded for a URL"));
        };
    }
}
