package dev.changecast.core.filter;

import dev.changecast.api.source.Column;
import java.nio.charset.StandardCharsets;

/** Keys of whole numbers and of floating-point numbers. */
final class NumberKeys {
    /** Powers of ten that a double holds exactly. */
    private static final double[] POWERS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };

    private NumberKeys() {}

    /** Whether the column holds floating-point numbers of 32 bits. */
    static boolean isSingle(Column column) {
        return column.type().equals("float4") || column.type().equals("real");
    }

    static boolean integer(byte[] value, int offset, int length, KeyBuffer key) {
        int i = offset;
        int end = offset + length;
        boolean negative = i < end && value[i] == '-';
        if (negative) {
            i++;
        }
        if (i == end) {
            return false;
        }
        // Counted downwards, since the least number has no positive counterpart.
        long number = 0;
        for (; i < end; i++) {
            int digit = value[i] - '0';
            if (digit < 0 || digit > 9 || number < Long.MIN_VALUE / 10) {
                return false;
            }
            number = number * 10 - digit;
            if (number > 0) {
                return false;
            }
        }
        if (!negative && number == Long.MIN_VALUE) {
            return false;
        }
        key.putLong(negative ? number : -number);
        return true;
    }

    static boolean single(byte[] value, int offset, int length, KeyBuffer key) {
        return real(value, offset, length, key, true);
    }

    static boolean real(byte[] value, int offset, int length, KeyBuffer key) {
        return real(value, offset, length, key, false);
    }

    /** The bytes that order like PostgreSQL's floating-point numbers: NaN above all, one zero. */
    static void put(double number, KeyBuffer key) {
        long bits = Double.doubleToLongBits(number == 0 ? 0.0 : number);
        key.putLong(bits < 0 ? bits ^ Long.MAX_VALUE : bits);
    }

    private static boolean real(byte[] value, int offset, int length, KeyBuffer key, boolean single) {
        if (TextKeys.is("NaN", value, offset, length)) {
            put(Double.NaN, key);
        } else if (TextKeys.is("Infinity", value, offset, length)) {
            put(Double.POSITIVE_INFINITY, key);
        } else if (TextKeys.is("-Infinity", value, offset, length)) {
            put(Double.NEGATIVE_INFINITY, key);
        } else if (DecimalKey.isNumber(value, offset, length)) {
            put(parse(value, offset, length, single), key);
        } else {
            return false;
        }
        return true;
    }

    /**
     * Short numbers without exponent need no allocation: when digits and power of ten are both exact, one division
     * rounds correctly (Clinger's fast path). For 32 bits the second rounding is harmless while both fit 24 bits, since
     * 53 is at least twice 24 and 2.
     */
    private static double parse(byte[] value, int offset, int length, boolean single) {
        long digits = 0;
        int fraction = -1;
        boolean negative = value[offset] == '-';
        long most = single ? 1L << 24 : 1L << 53;
        int mostFraction = single ? 10 : 22;
        for (int i = negative ? 1 : 0; i < length; i++) {
            byte c = value[offset + i];
            if (c == '.') {
                fraction = 0;
                continue;
            }
            digits = digits * 10 + (c - '0');
            if (c > '9' || digits > most || fraction >= mostFraction) {
                String text = new String(value, offset, length, StandardCharsets.ISO_8859_1);
                return single ? Float.parseFloat(text) : Double.parseDouble(text);
            }
            if (fraction >= 0) {
                fraction++;
            }
        }
        double magnitude = fraction > 0 ? digits / POWERS[fraction] : digits;
        double number = negative ? -magnitude : magnitude;
        return single ? (float) number : number;
    }
}
