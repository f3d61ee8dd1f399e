package dev.changecast.core.filter;

import dev.changecast.api.source.Column;

/** Keys of values that compare by bytes: text, uuid, binary; and of booleans. */
final class TextKeys {
    private TextKeys() {}

    /** Whether the column is a {@code char(n)}, filled up with blanks that do not count. */
    static boolean isPadded(Column column) {
        String type = column.type();
        return type.equals("bpchar") || type.startsWith("char(") || type.startsWith("character(");
    }

    static boolean text(byte[] value, int offset, int length, KeyBuffer key) {
        key.put(value, offset, length);
        return true;
    }

    static boolean padded(byte[] value, int offset, int length, KeyBuffer key) {
        int end = length;
        while (end > 0 && value[offset + end - 1] == ' ') {
            end--;
        }
        key.put(value, offset, end);
        return true;
    }

    /** Of a type that is not compared: nothing to remember. */
    static boolean nothing(byte[] value, int offset, int length, KeyBuffer key) {
        return true;
    }

    static boolean bool(byte[] value, int offset, int length, KeyBuffer key) {
        if (is("true", value, offset, length)) {
            key.put(1);
            return true;
        }
        if (is("false", value, offset, length)) {
            key.put(0);
            return true;
        }
        return false;
    }

    static boolean uuid(byte[] value, int offset, int length, KeyBuffer key) {
        if (length != 36) {
            return false;
        }
        int i = 0;
        while (i < 36) {
            if (i == 8 || i == 13 || i == 18 || i == 23) {
                if (value[offset + i] != '-') {
                    return false;
                }
                i++;
            }
            int high = Character.digit((char) value[offset + i], 16);
            int low = Character.digit((char) value[offset + i + 1], 16);
            if (high < 0 || low < 0) {
                return false;
            }
            key.put(high << 4 | low);
            i += 2;
        }
        return true;
    }

    static boolean base64(byte[] value, int offset, int length, KeyBuffer key) {
        int end = length;
        while (end > 0 && length - end < 2 && value[offset + end - 1] == '=') {
            end--;
        }
        if (end % 4 == 1) {
            return false;
        }
        int bits = 0;
        int held = 0;
        for (int i = 0; i < end; i++) {
            int sextet = sextet(value[offset + i]);
            if (sextet < 0) {
                return false;
            }
            held = (held << 6 | sextet) & 0xFFFF;
            bits += 6;
            if (bits >= 8) {
                bits -= 8;
                key.put(held >>> bits);
            }
        }
        return true;
    }

    private static int sextet(byte c) {
        if (c >= 'A' && c <= 'Z') {
            return c - 'A';
        }
        if (c >= 'a' && c <= 'z') {
            return c - 'a' + 26;
        }
        if (c >= '0' && c <= '9') {
            return c - '0' + 52;
        }
        return c == '+' ? 62 : c == '/' ? 63 : -1;
    }

    /** Whether these bytes are this word. */
    static boolean is(String ascii, byte[] value, int offset, int length) {
        if (length != ascii.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (value[offset + i] != ascii.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
