package dev.changecast.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fills {@code ${NAME}} and {@code ${NAME:default}} in a file's values from the environment. {@code $${NAME}} stands for
 * the text {@code ${NAME}}.
 *
 * <p>The braces would end a value inside {@code { }} in YAML, and a variable's content must never be read as YAML. So each
 * placeholder is replaced, before the file is parsed, by as many private-use characters as it is long, which keeps lines
 * and columns right; the parsed values then get the content.
 */
final class Placeholders {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$?\\$\\{[^}\\n]*}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final char FIRST = '\uE000';
    private static final char FILLER = '\uF8FF';

    private final List<String> found = new ArrayList<>();
    private final Map<String, String> environment;
    private final String masked;

    Placeholders(String text, Map<String, String> environment) {
        this.environment = environment;
        this.masked = PLACEHOLDER.matcher(text).replaceAll(match -> {
            found.add(match.group());
            String mask = (char) (FIRST + found.size() - 1)
                    + String.valueOf(FILLER).repeat(match.group().length() - 1);
            return Matcher.quoteReplacement(mask);
        });
    }

    /** Whether a text has characters that are needed here, or too many placeholders for them. */
    static boolean cannotHold(String text) {
        return text.chars().anyMatch(c -> c >= FIRST && c <= FILLER)
                || PLACEHOLDER.matcher(text).results().count() >= FILLER - FIRST;
    }

    /** The text to parse. */
    String masked() {
        return masked;
    }

    /** A parsed value with its placeholders filled in, or an error and null. */
    Entry.@Nullable Text fill(Place place, String path, String parsed, Findings findings) {
        StringBuilder value = new StringBuilder();
        List<String> variables = new ArrayList<>();
        boolean complete = true;
        for (int i = 0; i < parsed.length(); i++) {
            char c = parsed.charAt(i);
            if (c < FIRST || c > FILLER) {
                value.append(c);
            } else if (c != FILLER) {
                complete &= append(found.get(c - FIRST), value, variables, place, path, findings);
            }
        }
        if (!complete) {
            return null;
        }
        String shown = variables.isEmpty()
                ? "'" + abbreviated(value.toString()) + "'"
                : "the value with " + String.join(" and ", variables);
        return new Entry.Text(place, path, value.toString(), shown);
    }

    /** The text as it stands in the file: for keys, where nothing is filled in. */
    String asWritten(String parsed) {
        StringBuilder text = new StringBuilder();
        parsed.chars().forEach(c -> {
            if (c < FIRST || c > FILLER) {
                text.append((char) c);
            } else if (c != FILLER) {
                text.append(found.get(c - FIRST));
            }
        });
        return text.toString();
    }

    private boolean append(
            String placeholder,
            StringBuilder value,
            List<String> variables,
            Place place,
            String path,
            Findings findings) {
        if (placeholder.startsWith("$$")) {
            value.append(placeholder, 1, placeholder.length());
            return true;
        }
        String inner = placeholder.substring(2, placeholder.length() - 1);
        int colon = inner.indexOf(':');
        String name = colon < 0 ? inner : inner.substring(0, colon);
        if (!NAME.matcher(name).matches()) {
            findings.error(
                    place,
                    path,
                    placeholder + " names no environment variable: write ${NAME} or ${NAME:default}, or $${ for the"
                            + " characters ${");
            return false;
        }
        variables.add("${" + name + "}");
        String content = environment.get(name);
        if (content != null && !(content.isEmpty() && colon >= 0)) {
            value.append(content);
            return true;
        }
        if (colon >= 0) {
            value.append(inner, colon + 1, inner.length());
            return true;
        }
        findings.error(
                place,
                path,
                "the environment variable " + name + " is not set: set it, or write ${" + name + ":default}");
        return false;
    }

    private static String abbreviated(String value) {
        return value.length() <= 60 ? value : value.substring(0, 57) + "...";
    }
}
