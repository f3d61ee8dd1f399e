package dev.changecast.source.redis;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** Puts what the driver throws into words that say what to do. */
final class RedisFailure {
    private RedisFailure() {}

    /** @param where the address, without any login */
    static ChangecastException of(Exception failure, String where) {
        if (failure instanceof ChangecastException already) {
            return already;
        }
        String message = reason(failure);
        String said = message.toUpperCase(Locale.ROOT);
        if (hasCause(failure, SSLException.class)) {
            return new ChangecastException(
                    ErrorCode.SOURCE_NOT_READY,
                    "no TLS with the Redis at " + where
                            + ": its certificate has to name the host and be trusted, and its port has to speak TLS ("
                            + message + ")",
                    failure);
        }
        if (!(failure instanceof JedisDataException) && hasCause(failure, JedisConnectionException.class)) {
            return new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE,
                    "cannot speak with the Redis at " + where + ": check that it runs"
                            + (where.startsWith("rediss:") ? " and speaks TLS there" : "")
                            + ", and host, port and firewall ("
                            + message + ")",
                    failure);
        }
        String advice = advice(said);
        return advice == null
                ? new ChangecastException(
                        ErrorCode.SOURCE_UNAVAILABLE, "the Redis at " + where + " says: " + message, failure)
                : new ChangecastException(
                        ErrorCode.SOURCE_NOT_READY,
                        "the Redis at " + where + " " + advice + " (" + message + ")",
                        failure);
    }

    private static @Nullable String advice(String said) {
        if (said.startsWith("NOAUTH")) {
            return "asks for a login: give user and password";
        }
        if (said.startsWith("WRONGPASS")
                || said.contains("INVALID USERNAME-PASSWORD")
                || said.contains("AUTH <PASSWORD>")) {
            return "refuses the login: check user and password";
        }
        if (said.startsWith("NOPERM")) {
            return "does not allow what is needed; docs/redis.md has the line that makes the user (ACL SETUSER)";
        }
        if (said.startsWith("WRONGTYPE")) {
            return "has something under the name of a stream that is none: check the names in streams";
        }
        if (said.startsWith("CROSSSLOT")) {
            return "is a cluster, in which the streams of one source, and the keys beside them, lie in one slot: give"
                    + " the streams a common hash tag ({feed}:a, {feed}:b), or make a source of each";
        }
        if (said.startsWith("UNKNOWN COMMAND") || said.contains("ERR UNKNOWN COMMAND")) {
            return "is older than 6.2, or has commands renamed that are needed";
        }
        if (said.startsWith("MOVED") || said.startsWith("ASK") || said.startsWith("TRYAGAIN")) {
            return "no longer has the streams: the cluster is moving them";
        }
        if (said.startsWith("CLUSTERDOWN")) {
            return "says that its cluster is down";
        }
        if (said.startsWith("READONLY")) {
            return "has become a replica";
        }
        if (said.startsWith("OOM")) {
            return "takes no writes, since its memory is full";
        }
        if (said.startsWith("LOADING")) {
            return "is still loading its data";
        }
        return null;
    }

    private static boolean hasCause(Throwable failure, Class<?> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    /** What lies behind an exception of jedis, which says little itself. */
    static String reason(Throwable failure) {
        Throwable told = failure;
        while (told.getCause() != null && told.getCause() != told) {
            told = told.getCause();
        }
        return told.getMessage() == null ? told.getClass().getSimpleName() : told.getMessage();
    }
}
