package dev.changecast.core.filter;

/**
 * Reads ISO 8601 dates and times from bytes, as sources write them, without allocation. A blank may stand for the {@code
 * T}, seconds may be left out. Years have four digits or more, as needed; those before the first are signed ({@code
 * -0043}) or end in {@code " BC"}. The calendar is the Gregorian one throughout.
 */
final class DateTimeText {
    static final long INFINITY = Long.MAX_VALUE;
    static final long MINUS_INFINITY = Long.MIN_VALUE;
    /** What is returned for anything that is not of the form. */
    static final long INVALID = Long.MIN_VALUE + 1;

    static final long MICROS_PER_DAY = 86_400_000_000L;
    /** 2000-01-01, counted from 1970-01-01: from there on 64 bits of microseconds hold what PostgreSQL's timestamps do. */
    static final long EPOCH_DAY = 10_957;

    private static final int MOST_YEAR_DIGITS = 9;
    private static final long MOST_DAYS = Long.MAX_VALUE / MICROS_PER_DAY - 2;

    private DateTimeText() {}

    /** Days since 1970-01-01. */
    static long date(byte[] text, int from, int end) {
        if (end > from && text[end - 1] == 'y') {
            return infinity(text, from, end);
        }
        boolean beforeChrist = isBeforeChrist(text, from, end);
        return days(text, from, beforeChrist ? end - 3 : end, beforeChrist);
    }

    /** Microseconds since midnight; 24:00 is the last. */
    static long time(byte[] text, int from, int end) {
        long hour = twoDigits(text, from, end);
        long minute = twoDigits(text, from + 3, end);
        if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || text[from + 2] != ':') {
            return INVALID;
        }
        long second = 0;
        long fraction = 0;
        if (from + 5 < end) {
            second = twoDigits(text, from + 6, end);
            if (text[from + 5] != ':' || second < 0 || second > 59) {
                return INVALID;
            }
            if (from + 8 < end) {
                fraction = text[from + 8] == '.' ? fraction(text, from + 9, end) : -1;
                if (fraction < 0) {
                    return INVALID;
                }
            }
        }
        long micros = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction;
        return micros > MICROS_PER_DAY ? INVALID : micros;
    }

    /** Microseconds since 2000-01-01T00:00:00 of a date and time without offset. */
    static long timestamp(byte[] text, int from, int end) {
        if (end > from && text[end - 1] == 'y') {
            return infinity(text, from, end);
        }
        boolean beforeChrist = isBeforeChrist(text, from, end);
        return dateTime(text, from, beforeChrist ? end - 3 : end, beforeChrist);
    }

    /** Microseconds since 2000-01-01T00:00:00Z of a date and time with an offset. */
    static long instant(byte[] text, int from, int end) {
        if (end > from && text[end - 1] == 'y') {
            return infinity(text, from, end);
        }
        boolean beforeChrist = isBeforeChrist(text, from, end);
        int zoneEnd = beforeChrist ? end - 3 : end;
        if (zoneEnd - from < 2) {
            return INVALID;
        }
        int zone = zoneEnd - 1;
        // The offset begins at the last sign, or is a Z.
        while (zone > from && text[zone] != 'Z' && text[zone] != '+' && text[zone] != '-') {
            zone--;
        }
        long seconds = offsetSeconds(text, zone, zoneEnd);
        if (seconds == INVALID) {
            return INVALID;
        }
        long local = dateTime(text, from, zone, beforeChrist);
        return local == INVALID ? INVALID : local - seconds * 1_000_000;
    }

    private static long dateTime(byte[] text, int from, int end, boolean beforeChrist) {
        int separator = from;
        while (separator < end && text[separator] != 'T' && text[separator] != ' ') {
            separator++;
        }
        long days = days(text, from, separator, beforeChrist);
        long micros = separator < end ? time(text, separator + 1, end) : INVALID;
        if (days == INVALID || micros == INVALID || micros == MICROS_PER_DAY) {
            return INVALID;
        }
        long sinceEpoch = days - EPOCH_DAY;
        return Math.abs(sinceEpoch) > MOST_DAYS ? INVALID : sinceEpoch * MICROS_PER_DAY + micros;
    }

    private static long days(byte[] text, int from, int end, boolean beforeChrist) {
        boolean signed = from < end && (text[from] == '-' || text[from] == '+');
        int i = signed ? from + 1 : from;
        int yearStart = i;
        long year = 0;
        while (i < end && text[i] >= '0' && text[i] <= '9' && i - yearStart < MOST_YEAR_DIGITS) {
            year = year * 10 + (text[i++] - '0');
        }
        if (i - yearStart < 4 || end - i != 6 || text[i] != '-' || text[i + 3] != '-') {
            return INVALID;
        }
        if (beforeChrist) {
            if (signed || year == 0) {
                return INVALID;
            }
            year = 1 - year;
        } else if (signed && text[from] == '-') {
            year = -year;
        }
        int month = twoDigits(text, i + 1, end);
        int day = twoDigits(text, i + 4, end);
        if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) {
            return INVALID;
        }
        return days(year, month, day);
    }

    /** Years are counted from March, so that the leap day is the last; 400 years have 146097 days. */
    private static long days(long year, int month, int day) {
        long marchYear = month > 2 ? year : year - 1;
        long era = Math.floorDiv(marchYear, 400);
        long yearOfEra = marchYear - era * 400;
        long dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468;
    }

    private static int daysOf(long year, int month) {
        return switch (month) {
            case 2 -> year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
            case 4, 6, 9, 11 -> 30;
            default -> 31;
        };
    }

    /** Microseconds of the digits after a point; more than six count only when the others are zero. */
    private static long fraction(byte[] text, int from, int end) {
        if (from == end) {
            return -1;
        }
        long micros = 0;
        for (int i = from; i < Math.max(end, from + 6); i++) {
            int digit = i < end ? text[i] - '0' : 0;
            if (digit < 0 || digit > 9 || i >= from + 6 && digit > 0) {
                return -1;
            }
            micros = i < from + 6 ? micros * 10 + digit : micros;
        }
        return micros;
    }

    /** {@code Z}, or a sign and hours, minutes and seconds, with or without colons. */
    private static long offsetSeconds(byte[] text, int from, int end) {
        if (text[from] == 'Z') {
            return end - from == 1 ? 0 : INVALID;
        }
        long seconds = 0;
        long unit = 3600;
        int i = from + 1;
        while (i < end && unit > 0) {
            if (unit < 3600 && text[i] == ':') {
                i++;
            }
            int number = twoDigits(text, i, end);
            if (number < 0 || number > (unit == 3600 ? 18 : 59)) {
                return INVALID;
            }
            seconds += number * unit;
            unit /= 60;
            i += 2;
        }
        if (i != end || unit == 3600) {
            return INVALID;
        }
        return text[from] == '-' ? -seconds : seconds;
    }

    private static long infinity(byte[] text, int from, int end) {
        if (TextKeys.is("infinity", text, from, end - from)) {
            return INFINITY;
        }
        return TextKeys.is("-infinity", text, from, end - from) ? MINUS_INFINITY : INVALID;
    }

    private static boolean isBeforeChrist(byte[] text, int from, int end) {
        return end - from > 3 && text[end - 1] == 'C' && text[end - 2] == 'B' && text[end - 3] == ' ';
    }

    private static int twoDigits(byte[] text, int at, int end) {
        if (at < 0 || at + 2 > end) {
            return -1;
        }
        int tens = text[at] - '0';
        int ones = text[at + 1] - '0';
        return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
    }
}
