package dev.changecast.server.command;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** What else is known of a user than id and roles, for the commands that speak of one. */
final class ClaimOptions {
    @Option(
            names = "--claim",
            paramLabel = "NAME=VALUE",
            description = "A further claim of the user's token: a text, or a list like tenants=[7,8]. Once per claim.")
    private Map<String, String> claims = new LinkedHashMap<>();

    /** Those that are one text each. */
    Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>(claims);
        texts.values().removeIf(ClaimOptions::isList);
        return texts;
    }

    /** Those that are lists. */
    Map<String, List<String>> lists() {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        claims.forEach((name, value) -> {
            if (isList(value)) {
                String values = value.substring(1, value.length() - 1).strip();
                lists.put(
                        name,
                        values.isEmpty()
                                ? List.of()
                                : Arrays.stream(values.split(",", -1))
                                        .map(String::strip)
                                        .toList());
            }
        });
        return lists;
    }

    private static boolean isList(String value) {
        return value.startsWith("[") && value.endsWith("]");
    }
}
