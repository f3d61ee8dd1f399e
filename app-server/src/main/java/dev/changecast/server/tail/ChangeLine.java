package dev.changecast.server.tail;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * One change as a person reads it. Control characters of values are escaped by JSON, so none of them reaches the terminal.
 */
public record ChangeLine(String time, String action, String collection, String key, String values, String tx) {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());
    private static final int LONGEST = 400;

    public static ChangeLine of(JsonNode change) {
        return new ChangeLine(
                time(change.path("timestamp").asString("")),
                printable(change.path("action").asString("")),
                printable(change.path("collection").asString("")),
                fields(change.path("key")),
                values(change),
                printable(change.path("tx").asString("-")));
    }

    /** What is different, where the old row is known; otherwise the row, without what the key says already. */
    private static String values(JsonNode change) {
        JsonNode data = change.path("data");
        JsonNode old = change.path("old");
        List<String> parts = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : data.properties()) {
            if (change.path("key").has(field.getKey())) {
                continue;
            }
            String name = printable(field.getKey());
            if (!old.isObject()) {
                parts.add(name + "=" + field.getValue());
            } else if (!field.getValue().equals(old.get(field.getKey()))) {
                parts.add(name + ": " + old.path(field.getKey()) + " → " + field.getValue());
            }
        }
        String all = String.join(", ", parts);
        return all.length() <= LONGEST ? all : all.substring(0, LONGEST - 1) + "…";
    }

    private static String fields(JsonNode key) {
        return key.properties().stream()
                .map(field -> printable(field.getKey()) + "=" + field.getValue())
                .collect(Collectors.joining(","));
    }

    private static String time(String timestamp) {
        try {
            return TIME.format(Instant.parse(timestamp));
        } catch (java.time.format.DateTimeParseException e) {
            return "--:--:--.---";
        }
    }

    private static String printable(String text) {
        return text.chars().anyMatch(Character::isISOControl) ? text.replaceAll("\\p{Cntrl}", "?") : text;
    }
}
