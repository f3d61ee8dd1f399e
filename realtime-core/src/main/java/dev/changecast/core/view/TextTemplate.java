package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A text with names in braces, each of which stands for a value. A brace that is none is written twice. Immutable. */
final class TextTemplate {
    /** Gives the value of a name; null when there is none. */
    @FunctionalInterface
    interface Values {
        @Nullable
        String of(String name);
    }

    /** Text and names in turn, beginning with text. */
    private final List<String> parts;

    private TextTemplate(List<String> parts) {
        this.parts = List.copyOf(parts);
    }

    /**
     * @param known which names there are
     * @param right what names would be right, in words
     * @throws ChangecastException with {@link ErrorCode#BAD_CONFIGURATION}
     */
    static TextTemplate of(String text, Predicate<String> known, String right) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean brace = c == '{' || c == '}';
            if (brace && i + 1 < text.length() && text.charAt(i + 1) == c) {
                i++;
            } else if (brace) {
                int end = text.indexOf('}', i);
                String name = c == '{' && end > 0 ? text.substring(i + 1, end) : "";
                if (!known.test(name)) {
                    throw new ChangecastException(
                            ErrorCode.BAD_CONFIGURATION,
                            "'" + text + "': "
                                    + (name.isEmpty() ? "a brace stands alone" : "'{" + name + "}' is nothing")
                                    + "; in braces can stand " + right
                                    + ", and a brace that is meant as such is doubled");
                }
                parts.add(part.toString());
                parts.add(name);
                part.setLength(0);
                i = end;
                continue;
            }
            part.append(c);
        }
        parts.add(part.toString());
        return new TextTemplate(parts);
    }

    /** The text before the first name. */
    String beginning() {
        return parts.get(0);
    }

    boolean hasNames() {
        return parts.size() > 1;
    }

    /** The one name that is all of it; null when there is anything else. */
    @Nullable
    String onlyName() {
        return parts.size() == 3 && parts.get(0).isEmpty() && parts.get(2).isEmpty() ? parts.get(1) : null;
    }

    List<String> names() {
        List<String> names = new ArrayList<>();
        for (int i = 1; i < parts.size(); i += 2) {
            names.add(parts.get(i));
        }
        return names;
    }

    /** The text with values; null when one is missing. */
    @Nullable
    String fill(Values values) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        StringBuilder text = new StringBuilder(parts.get(0));
        for (int i = 1; i < parts.size(); i += 2) {
            String value = values.of(parts.get(i));
            if (value == null) {
                return null;
            }
            text.append(value).append(parts.get(i + 1));
        }
        return text.toString();
    }
}
