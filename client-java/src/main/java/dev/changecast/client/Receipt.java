package dev.changecast.client;

import org.jspecify.annotations.Nullable;

/**
 * What became of a message.
 *
 * @param id the message's
 * @param offset its place among all published messages, once it is on the server's disk; null for an ephemeral one, and over
 *     Redis, which tells nothing of it
 * @param repeated whether the server had it before, as after an answer that was lost
 */
public record Receipt(String id, @Nullable String offset, boolean repeated) {}
