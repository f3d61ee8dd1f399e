package dev.changecast.api;

import java.util.Locale;

/**
 * Every error that Changecast tells anybody, a client, an operator or an embedder, has one of these codes. The numbers
 * from 4000 to 5000 are part of the wire protocol and never change their meaning.
 */
public enum ErrorCode {
    /** A frame that is no JSON object, or a command with a field of the wrong form. */
    BAD_MESSAGE(4000, false),
    /** A command whose {@code type} the protocol does not know. */
    UNKNOWN_TYPE(4001, false),
    /** A collection that does not exist or that this client may not see; the two are not told apart. */
    UNKNOWN_COLLECTION(4002, false),
    /** A command that this client may not give. */
    FORBIDDEN(4003, false),
    /** A column that does not exist or is hidden; the two are not told apart. */
    UNKNOWN_COLUMN(4004, false),
    /** A filter that cannot be understood or does not fit the column's type. */
    BAD_FILTER(4005, false),
    /** A channel this session has no subscription for. */
    NOT_SUBSCRIBED(4006, false),
    /** A limit on the number of something this client holds. */
    TOO_MANY(4007, false),
    /** More per second than is allowed. */
    RATE_LIMITED(4008, true),
    /** The server has no room for this right now. */
    BUSY(4009, true),
    /** The database behind a collection cannot be reached at the moment. */
    SOURCE_UNAVAILABLE(4010, true),
    /** Part of the protocol, but not offered by this server, source or transport. */
    UNSUPPORTED(4011, false),
    /** An offset that is not one of this server's. */
    BAD_OFFSET(4012, false),
    /** A snapshot with more rows than the limit. */
    SNAPSHOT_TOO_LARGE(4013, false),
    /** A filter that can be decided only with the old row, which the source does not give. */
    NEEDS_OLD_ROW(4014, false),
    /** A session that has ended or never was: open a new one, and resume. */
    UNKNOWN_SESSION(4015, false),
    /** A fault in the server. */
    INTERNAL(5000, true),

    /** Configuration that cannot be used; not sent to clients. */
    BAD_CONFIGURATION(0, false),
    /** A database that is there but not prepared for capture (a setting, a privilege, a table); not sent to clients. */
    SOURCE_NOT_READY(0, true),
    /** The durable log cannot be opened or used; not sent to clients. */
    LOG_UNUSABLE(0, false);

    private final int number;
    private final boolean retry;

    ErrorCode(int number, boolean retry) {
        this.number = number;
        this.retry = retry;
    }

    /** The number on the wire, or 0 for a code that is never sent to clients. */
    public int number() {
        return number;
    }

    /** The name on the wire: this constant in lower case. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the same request may succeed later, unchanged. */
    public boolean retry() {
        return retry;
    }
}
