package dev.changecast.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a transaction, or a published message, came from its commit to the network.
 *
 * @param source the name of its source; {@code live} for published messages
 * @param transaction its name in the database; null when it has none
 * @param offset where it ends in the log, in the form that clients are told positions in
 * @param committedAt by the clock of its database, which may go wrong
 * @param readAt when it was read from the log to be handed out, and so was durable
 * @param writtenAt when the last of the sessions concerned had been given to the network
 */
public record Delivery(
        String source,
        @Nullable String transaction,
        String offset,
        Instant committedAt,
        Instant readAt,
        Instant writtenAt) {}
