package dev.changecast.bench.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Texts that carry a number where any server leaves it alone: a mark of three characters and eight digits, which no JSON
 * escapes.
 */
public final class Numbered {
    private static final String MARK = "#n=";
    private static final int DIGITS = 8;
    private static final int SIZE = MARK.length() + DIGITS;

    private Numbered() {}

    /** The part that carries the number. */
    public static String mark(int number) {
        StringBuilder digits = new StringBuilder(Integer.toString(number));
        while (digits.length() < DIGITS) {
            digits.insert(0, '0');
        }
        return MARK + digits;
    }

    /** A JSON object of this many bytes with a number of zero. */
    public static String content(int bytes) {
        String shortest = "{\"text\":\"" + mark(0) + "\"}";
        return shortest.replace("\"}", "x".repeat(Math.max(0, bytes - shortest.length())) + "\"}");
    }

    /** Where the digits begin. */
    static int digits(byte[] text) {
        int at = new String(text, StandardCharsets.ISO_8859_1).indexOf(MARK);
        if (at < 0) {
            throw new IllegalArgumentException("a message without a number");
        }
        return at + MARK.length();
    }

    static void write(int number, byte[] into, int at) {
        int rest = number;
        for (int i = at + DIGITS - 1; i >= at; i--) {
            into[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    /** Where a mark with its number begins, or -1. */
    static int find(ByteBuffer buffer, int from, int to) {
        for (int at = from; at <= to - SIZE; at++) {
            if (isAt(buffer, at)) {
                return at;
            }
        }
        return -1;
    }

    static boolean isAt(ByteBuffer buffer, int at) {
        return buffer.get(at) == '#' && buffer.get(at + 1) == 'n' && buffer.get(at + 2) == '=';
    }

    /** How many bytes a mark with its number has. */
    static int size() {
        return SIZE;
    }

    /** The number behind the mark that begins here. */
    static int read(ByteBuffer buffer, int at) {
        int number = 0;
        for (int i = at + MARK.length(); i < at + SIZE; i++) {
            number = number * 10 + buffer.get(i) - '0';
        }
        return number;
    }
}
