package dev.changecast.source.redis;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;

/**
 * A random name kept in a key beside a stream, which goes with the data: with a Redis that comes back empty it is gone, and
 * {@code run_id} would change although nothing is. All who read the stream find the same one, so they have the same epoch.
 */
final class HistoryMarker {
    private static final SecureRandom RANDOM = new SecureRandom();

    private HistoryMarker() {}

    static String key(String stream) {
        return Beside.stream(stream, "changecast");
    }

    static String fresh() {
        return Long.toString(RANDOM.nextLong() >>> 1, Character.MAX_RADIX)
                + Long.toString(RANDOM.nextInt() & 0xffffL, Character.MAX_RADIX);
    }

    /** That of the stream, made when there is none. */
    static String of(RedisConnection redis, String stream) {
        Object present = redis.call(Command.GET, key(stream));
        if (present == null) {
            redis.call(Command.SET, key(stream), fresh(), "NX");
            present = redis.call(Command.GET, key(stream));
        }
        return checked(stream, present);
    }

    /** Another one in the place of this; of several who do that at once, one chooses it for all. */
    static String replace(RedisConnection redis, String stream, String old) {
        redis.call(Command.WATCH, key(stream));
        Object present = redis.call(Command.GET, key(stream));
        if (present == null || RedisConnection.text(present).equals(old)) {
            redis.atomically(new RedisConnection.Call(Command.SET, key(stream), fresh()));
        } else {
            redis.call(Command.UNWATCH);
        }
        return of(redis, stream);
    }

    private static String checked(String stream, @Nullable Object present) {
        String marker = RedisConnection.text(Objects.requireNonNull(present, "the marker has gone again"));
        if (!marker.matches("[0-9a-z]{1,30}")) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_NOT_READY,
                    "the key " + key(stream)
                            + " has something that is not Changecast's: it keeps the name of the stream's history there."
                            + " Rename your key");
        }
        return marker;
    }

    /** How {@code atomically} asks for it. */
    static RedisConnection.Call ask(String stream) {
        return new RedisConnection.Call(Command.GET, key(stream));
    }

    /** What the present one says, if anything; null when there is none. */
    static @Nullable String read(List<@Nullable Object> answers, int index) {
        Object present = answers.get(index);
        return present == null ? null : RedisConnection.text(present);
    }
}
