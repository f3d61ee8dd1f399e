package dev.changecast.core.filter;

/**
 * Keys of decimal numbers of any length, without doing arithmetic: sign, the power of ten of the first digit, and the
 * digits without zeros at either end.
 */
final class DecimalKey {
    private static final int NEGATIVE_INFINITY = 0;
    private static final int NEGATIVE = 1;
    private static final int ZERO = 2;
    private static final int POSITIVE = 3;
    private static final int INFINITY = 4;
    private static final int NAN = 5;

    private DecimalKey() {}

    static boolean encode(byte[] value, int offset, int length, KeyBuffer key) {
        if (isNumber(value, offset, length)) {
            return number(value, offset, length, key);
        }
        if (TextKeys.is("NaN", value, offset, length)) {
            key.put(NAN);
        } else if (TextKeys.is("Infinity", value, offset, length)) {
            key.put(INFINITY);
        } else if (TextKeys.is("-Infinity", value, offset, length)) {
            key.put(NEGATIVE_INFINITY);
        } else {
            return false;
        }
        return true;
    }

    /** Whether this is a number as JSON writes it; also with zeros in front. */
    static boolean isNumber(byte[] value, int offset, int length) {
        int end = offset + length;
        int i = offset < end && value[offset] == '-' ? offset + 1 : offset;
        int next = digits(value, i, end);
        if (next == i) {
            return false;
        }
        i = next;
        if (i < end && value[i] == '.') {
            next = digits(value, i + 1, end);
            if (next == i + 1) {
                return false;
            }
            i = next;
        }
        if (i < end && (value[i] == 'e' || value[i] == 'E')) {
            i++;
            if (i < end && (value[i] == '+' || value[i] == '-')) {
                i++;
            }
            next = digits(value, i, end);
            return next > i && next == end;
        }
        return i == end;
    }

    private static int digits(byte[] value, int from, int end) {
        int i = from;
        while (i < end && value[i] >= '0' && value[i] <= '9') {
            i++;
        }
        return i;
    }

    private static boolean number(byte[] value, int offset, int length, KeyBuffer key) {
        int end = offset + length;
        boolean negative = value[offset] == '-';
        int first = -1;
        int last = -1;
        int point = -1;
        int i = negative ? offset + 1 : offset;
        for (; i < end && value[i] != 'e' && value[i] != 'E'; i++) {
            if (value[i] == '.') {
                point = i;
            } else if (value[i] != '0') {
                last = i;
                first = first < 0 ? i : first;
            }
        }
        if (first < 0) {
            key.put(ZERO);
            return true;
        }
        if (point < 0) {
            point = i;
        }
        long power = (point > first ? point - first : point - first + 1) + exponent(value, i, end);
        if (power != (int) power) {
            return false;
        }
        int flip = negative ? 0xFF : 0;
        key.put(negative ? NEGATIVE : POSITIVE);
        int ordered = (int) power ^ Integer.MIN_VALUE;
        for (int shift = 24; shift >= 0; shift -= 8) {
            key.put(ordered >>> shift ^ flip);
        }
        for (int digit = first; digit <= last; digit++) {
            if (value[digit] != '.') {
                key.put(value[digit] ^ flip);
            }
        }
        if (negative) {
            // Of two negative numbers the one with more digits is the lesser.
            key.put(0xFF);
        }
        return true;
    }

    /** The number after {@code e}; as far as it is absurd, any absurd number. */
    private static long exponent(byte[] value, int from, int end) {
        long exponent = 0;
        boolean negative = false;
        for (int i = from + 1; i < end; i++) {
            if (value[i] == '-') {
                negative = true;
            } else if (value[i] != '+' && exponent < Integer.MAX_VALUE * 10L) {
                exponent = exponent * 10 + (value[i] - '0');
            }
        }
        return negative ? -exponent : exponent;
    }
}
