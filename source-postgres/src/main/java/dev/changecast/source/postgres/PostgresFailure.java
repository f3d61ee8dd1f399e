package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts what the driver throws into words that say what to do. */
final class PostgresFailure {
    static final String UNDEFINED_OBJECT = "42704";
    private static final String NOT_IN_PREREQUISITE_STATE = "55000";

    private PostgresFailure() {}

    static ChangecastException of(Throwable failure, PostgresOptions options) {
        if (failure instanceof ChangecastException already) {
            return already;
        }
        SQLException sql = sqlCause(failure);
        if (sql == null) {
            return new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE,
                    "capture from " + options.address() + " failed: " + firstLine(failure.toString()),
                    failure);
        }
        String advice = isPooler(sql) ? pooler(options) : advice(state(sql), options);
        ErrorCode code =
                advice == null || isUnreachable(sql) ? ErrorCode.SOURCE_UNAVAILABLE : ErrorCode.SOURCE_NOT_READY;
        return new ChangecastException(code, advice == null ? message(sql) : advice + " (" + message(sql) + ")", sql);
    }

    /** Whether the database cannot be spoken with at all, so that every other question would fail alike. */
    static boolean isUnreachable(Throwable failure) {
        SQLException sql = sqlCause(failure);
        String state = sql == null ? "" : state(sql);
        return state.startsWith("08") || state.startsWith("57P");
    }

    /** Whether an ordinary connection would fail like this replication connection. */
    static boolean concernsEveryConnection(Throwable failure) {
        SQLException sql = sqlCause(failure);
        String state = sql == null ? "" : state(sql);
        return isUnreachable(failure) || state.startsWith("28") || state.startsWith("3D");
    }

    static boolean isState(Throwable failure, String state) {
        SQLException sql = sqlCause(failure);
        return sql != null && state(sql).equals(state);
    }

    private static boolean isPooler(SQLException failure) {
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("unsupported startup parameter") || message.contains("pgbouncer");
    }

    private static String pooler(PostgresOptions options) {
        return "a connection pooler (PgBouncer or the like) answers at " + options.address()
                + ", and replication does not go through it: give url the address of the database itself";
    }

    private static @Nullable String advice(String state, PostgresOptions options) {
        String who = options.userName();
        String where = options.address();
        return switch (state) {
            case "08000", "08001", "08004", "08006" ->
                "cannot reach the database at " + where + " as " + who
                        + ": check that it runs, and host, port and firewall";
            case "28P01", "28000" ->
                "the database at " + where + " refuses user " + who
                        + ": check user, password and pg_hba.conf (a replication connection to a database needs an"
                        + " ordinary line for that database)";
            case "3D000" -> "there is no such database at " + where;
            case "57P03" -> "the database at " + where + " is starting up or shutting down";
            case "57P01", "57P02" -> "the database at " + where + " ended the connection";
            case "53300" ->
                "the database at " + where
                        + " has no free connection: raise max_connections or max_wal_senders, or end what is not needed";
            case "53400" ->
                "all replication slots are in use: drop one that is not needed (pg_replication_slots) or raise"
                        + " max_replication_slots and restart the database";
            case "42501" ->
                "user " + who + " lacks a privilege: ALTER ROLE " + Identifiers.quoted(who)
                        + " REPLICATION (or the role that a provider has for it) for capture, ownership of tables and CREATE on the database to make the"
                        + " publication (or make it yourself and set create: false)";
            case "55006" -> "slot " + options.slot() + " is in use by another process: give each replica its own slot";
            case NOT_IN_PREREQUISITE_STATE -> "the database at " + where + " is not in a state for this";
            case UNDEFINED_OBJECT -> "something is missing at " + where;
            default -> null;
        };
    }

    private static String state(SQLException failure) {
        return Objects.requireNonNullElse(failure.getSQLState(), "");
    }

    private static String message(SQLException failure) {
        return firstLine(String.valueOf(failure.getMessage()));
    }

    /** The rest is where and how, for the log. */
    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("no message");
    }

    /** The innermost one, as pools and JDBI wrap what the driver threw. */
    private static @Nullable SQLException sqlCause(Throwable failure) {
        SQLException found = null;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                found = sql;
            }
        }
        return found;
    }
}
