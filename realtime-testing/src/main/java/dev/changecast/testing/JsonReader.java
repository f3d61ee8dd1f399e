package dev.changecast.testing;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A strict reader of JSON for assertions: objects become maps, arrays lists, numbers {@link BigDecimal}s. Written by hand
 * so that what is under test is not checked by the library that wrote it.
 */
final class JsonReader {
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private final String text;
    private int at;

    private JsonReader(String text) {
        this.text = text;
    }

    /** Throws {@link IllegalArgumentException} for what is no JSON, also for what comes after its end. */
    static @Nullable Object read(String json) {
        JsonReader reader = new JsonReader(json);
        Object value = reader.value();
        reader.blanks();
        if (reader.at < json.length()) {
            throw reader.wrong("the end");
        }
        return value;
    }

    /** The elements of the list that a field of an object holds, each as it is written; empty when there is none. */
    static List<String> elements(String json, String field) {
        JsonReader reader = new JsonReader(json);
        List<String> elements = new ArrayList<>();
        reader.blanks();
        reader.at++;
        while (!reader.isNext('}')) {
            reader.isNext(',');
            reader.blanks();
            boolean wanted = reader.string().equals(field);
            if (!reader.isNext(':')) {
                throw reader.wrong("':'");
            }
            reader.blanks();
            if (!wanted || reader.peek() != '[') {
                reader.value();
                continue;
            }
            reader.at++;
            while (!reader.isNext(']')) {
                reader.isNext(',');
                reader.blanks();
                int start = reader.at;
                reader.value();
                elements.add(json.substring(start, reader.at));
            }
        }
        return elements;
    }

    private @Nullable Object value() {
        blanks();
        switch (peek()) {
            case '{':
                return object();
            case '[':
                return array();
            case '"':
                return string();
            case 't':
                return word("true", Boolean.TRUE);
            case 'f':
                return word("false", Boolean.FALSE);
            case 'n':
                return word("null", null);
            default:
                return number();
        }
    }

    private Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        at++;
        if (isNext('}')) {
            return object;
        }
        do {
            blanks();
            String name = string();
            if (!isNext(':')) {
                throw wrong("':'");
            }
            if (object.containsKey(name)) {
                throw wrong("a name other than '" + name + "', which was there already,");
            }
            object.put(name, value());
        } while (isNext(','));
        if (!isNext('}')) {
            throw wrong("',' or '}'");
        }
        return object;
    }

    private List<@Nullable Object> array() {
        List<@Nullable Object> array = new ArrayList<>();
        at++;
        if (isNext(']')) {
            return array;
        }
        do {
            array.add(value());
        } while (isNext(','));
        if (!isNext(']')) {
            throw wrong("',' or ']'");
        }
        return array;
    }

    private String string() {
        if (peek() != '"') {
            throw wrong("'\"'");
        }
        at++;
        StringBuilder string = new StringBuilder();
        while (peek() != '"') {
            char c = text.charAt(at++);
            if (c < 0x20) {
                throw wrong("no bare control character");
            }
            string.append(c == '\\' ? escaped() : c);
        }
        at++;
        return string.toString();
    }

    private char escaped() {
        char c = peek();
        at++;
        switch (c) {
            case '"', '\\', '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                if (at + 4 > text.length()) {
                    throw wrong("four digits");
                }
                at += 4;
                return (char) Integer.parseInt(text.substring(at - 4, at), 16);
            default:
                throw wrong("an escape");
        }
    }

    private @Nullable Object word(String word, @Nullable Object value) {
        if (!text.startsWith(word, at)) {
            throw wrong(word);
        }
        at += word.length();
        return value;
    }

    private BigDecimal number() {
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String number = text.substring(start, at);
        if (!NUMBER.matcher(number).matches()) {
            throw wrong("a value");
        }
        return new BigDecimal(number);
    }

    private boolean isNext(char c) {
        blanks();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private char peek() {
        if (at >= text.length()) {
            throw wrong("more");
        }
        return text.charAt(at);
    }

    private void blanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private IllegalArgumentException wrong(String wanted) {
        return new IllegalArgumentException("expected " + wanted + " at character " + at + " of: " + text);
    }
}
