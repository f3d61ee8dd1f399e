package dev.changecast.source.postgres;

import dev.changecast.api.source.ValueWriter;

/**
 * Arrays of any dimension, to JSON arrays of what the element's format gives. Bounds other than the usual ones ({@code
 * [0:2]={...}}) are left out, as JSON has no place for them.
 *
 * @param delimiter what separates elements: a comma, for {@code box} a semicolon
 */
record ArrayFormat(ValueFormat element, char delimiter) implements ValueFormat {
    @Override
    public void write(byte[] text, int offset, int length, ValueWriter to) {
        int end = offset + length;
        int at = offset;
        if (text[at] == '[') {
            while (text[at] != '=') {
                at++;
            }
            at++;
        }
        JsonBuffer json = new JsonBuffer(length + length / 2);
        while (at < end) {
            byte c = text[at];
            if (c == '{') {
                json.append('[');
                at++;
            } else if (c == '}') {
                json.append(']');
                at++;
            } else if (c == delimiter) {
                json.append(',');
                at++;
            } else if (c == '"') {
                at = quoted(text, at + 1, end, json);
            } else {
                at = bare(text, at, end, json);
            }
        }
        json.writeTo(to);
    }

    private int bare(byte[] text, int start, int end, JsonBuffer json) {
        int at = start;
        while (at < end && text[at] != delimiter && text[at] != '}') {
            at++;
        }
        // Only a null is written so without quotes; the word itself is quoted.
        if (at - start == 4 && text[start] == 'N' && text[start + 1] == 'U' && text[start + 2] == 'L') {
            json.nil();
        } else {
            element.write(text, start, at - start, json);
        }
        return at;
    }

    private int quoted(byte[] text, int start, int end, JsonBuffer json) {
        byte[] unescaped = new byte[end - start];
        int size = 0;
        int at = start;
        while (text[at] != '"') {
            if (text[at] == '\\') {
                at++;
            }
            unescaped[size++] = text[at++];
        }
        element.write(unescaped, 0, size, json);
        return at + 1;
    }
}
