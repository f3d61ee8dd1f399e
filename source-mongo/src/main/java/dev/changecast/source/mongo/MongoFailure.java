package dev.changecast.source.mongo;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoSocketException;
import com.mongodb.MongoTimeoutException;
import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts what the driver throws into words that say what to do. */
final class MongoFailure {
    static final int UNAUTHORIZED = 13;
    static final int BAD_RESUME_TOKEN = 260;
    static final int STREAM_FATAL = 280;
    static final int HISTORY_LOST = 286;
    private static final int AUTHENTICATION_FAILED = 18;
    private static final int NAMESPACE_NOT_FOUND = 26;
    private static final int SNAPSHOT_TOO_OLD = 239;
    private static final int SNAPSHOT_UNAVAILABLE = 246;
    /** An event of more than 16 MiB, on a server that cannot tell it in parts. */
    private static final int OBJECT_TOO_LARGE = 10334;

    private static final int STREAM_NEEDS_REPLICA_SET = 40573;
    private static final int SNAPSHOT_NEEDS_REPLICA_SET = 123;

    private MongoFailure() {}

    /** Whether a stream cannot go on from where it was: what comes next is lost, or another history. */
    static boolean isFinal(Throwable failure) {
        return Set.of(BAD_RESUME_TOKEN, STREAM_FATAL, HISTORY_LOST, OBJECT_TOO_LARGE)
                .contains(code(failure));
    }

    /** The number of the server's error; 0 where there is none. */
    static int code(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof MongoException mongo && mongo.getCode() > 0) {
                return mongo.getCode();
            }
        }
        return 0;
    }

    static ChangecastException of(Throwable failure, MongoOptions options) {
        if (failure instanceof ChangecastException already) {
            return already;
        }
        String advice = advice(failure, options);
        boolean unreachable = failure instanceof MongoTimeoutException || failure instanceof MongoSocketException;
        ErrorCode code = advice == null || unreachable ? ErrorCode.SOURCE_UNAVAILABLE : ErrorCode.SOURCE_NOT_READY;
        String said = message(failure);
        return new ChangecastException(
                code,
                advice == null
                        ? "capture from " + options.address() + " failed: " + said
                        : unreachable ? advice : advice + " (" + said + ")",
                failure);
    }

    /** The same for a snapshot, with a code that a client may be told. */
    static ChangecastException ofSnapshot(Exception failure, MongoOptions options) {
        if (failure instanceof ChangecastException already) {
            return already;
        }
        return switch (code(failure)) {
            case SNAPSHOT_TOO_OLD ->
                new ChangecastException(
                        ErrorCode.SNAPSHOT_TOO_LARGE,
                        "reading the rows took longer than the server keeps a state: filter more narrowly, give a limit, or"
                                + " let the operator raise minSnapshotHistoryWindowInSeconds (300 by default)",
                        failure);
            case SNAPSHOT_UNAVAILABLE ->
                new ChangecastException(
                        ErrorCode.BUSY, "the server has no state to read from at the moment; try again", failure);
            case NAMESPACE_NOT_FOUND ->
                new ChangecastException(ErrorCode.UNKNOWN_COLLECTION, "the collection is gone", failure);
            default ->
                new ChangecastException(
                        ErrorCode.SOURCE_UNAVAILABLE, of(failure, options).getMessage(), failure);
        };
    }

    private static @Nullable String advice(Throwable failure, MongoOptions options) {
        String where = options.address();
        if (failure instanceof MongoSecurityException || code(failure) == AUTHENTICATION_FAILED) {
            return "the server at " + where + " refuses " + options.userName()
                    + ": check user, password and authSource";
        }
        if (failure instanceof MongoTimeoutException timeout) {
            String description = String.valueOf(timeout.getMessage());
            if (description.contains("MongoSecurityException")) {
                return "the server at " + where + " refuses " + options.userName()
                        + ": check user, password and authSource";
            }
            if (description.contains("STANDALONE") || description.contains("stand-alone")) {
                return Deployment.standalone(options);
            }
            return "no primary or router answers at " + where
                    + ": check that the servers run, have elected a primary, and can be reached under the names that the"
                    + " replica set itself knows them by; and host, port, firewall, tls and replicaSet in url";
        }
        if (failure instanceof MongoSocketException) {
            return "the connection to " + where + " broke";
        }
        return switch (code(failure)) {
            case UNAUTHORIZED -> unauthorized(options);
            case STREAM_NEEDS_REPLICA_SET, SNAPSHOT_NEEDS_REPLICA_SET -> Deployment.standalone(options);
            case HISTORY_LOST ->
                "what was to be read next has left the oplog at " + where
                        + ": give it more room (db.adminCommand({replSetResizeOplog: 1, minRetentionHours: 24}))";
            default -> null;
        };
    }

    private static String unauthorized(MongoOptions options) {
        String only = options.onlyDatabase();
        String role =
                only == null ? "{role: \"readAnyDatabase\", db: \"admin\"}" : "{role: \"read\", db: \"" + only + "\"}";
        return options.userName() + " may not read changes at " + options.address()
                + ": db.getSiblingDB(\"admin\").grantRolesToUser(\"" + options.userName() + "\", [" + role + "])";
    }

    private static String message(Throwable failure) {
        String text = failure instanceof MongoCommandException command
                ? command.getErrorCodeName() + ", " + command.getErrorCode() + ": " + command.getErrorMessage()
                : String.valueOf(failure.getMessage());
        return text.lines().findFirst().orElse("no message");
    }
}
