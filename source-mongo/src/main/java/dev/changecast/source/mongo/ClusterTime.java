package dev.changecast.source.mongo;

import java.time.Instant;
import java.util.OptionalLong;
import org.bson.BsonDocument;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;

/**
 * Cluster times as the majors of positions: 32 bits of seconds above 32 bits of a counter. Positions are never negative,
 * so this ends with the seconds of January 2038, as the seconds are unsigned and a major is not.
 */
final class ClusterTime {
    private static final String TIMESTAMP = "82";
    private static final int DIGITS = 16;

    private ClusterTime() {}

    static long of(BsonTimestamp timestamp) {
        return timestamp.getValue();
    }

    static BsonTimestamp timestamp(long clusterTime) {
        return new BsonTimestamp(clusterTime);
    }

    static Instant instant(long clusterTime) {
        return Instant.ofEpochSecond(clusterTime >>> 32);
    }

    /** {@code seconds.counter}: a driver's session tells its operation time in the same two numbers. */
    static String name(long clusterTime) {
        return (clusterTime >>> 32) + "." + (clusterTime & 0xFFFF_FFFFL);
    }

    /**
     * The time in a resume token, which begins with it: hexadecimal digits of the type's number and of the time. Debezium
     * reads it in the same way. Empty for a token of another form.
     */
    static OptionalLong ofToken(BsonDocument token) {
        BsonValue data = token.get("_data");
        if (data == null || !data.isString()) {
            return OptionalLong.empty();
        }
        String digits = data.asString().getValue();
        if (digits.length() < TIMESTAMP.length() + DIGITS || !digits.startsWith(TIMESTAMP)) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(
                    Long.parseUnsignedLong(digits.substring(TIMESTAMP.length(), TIMESTAMP.length() + DIGITS), DIGITS));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
