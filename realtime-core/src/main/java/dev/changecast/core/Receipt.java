package dev.changecast.core;

import org.jspecify.annotations.Nullable;

/**
 * What became of a message.
 *
 * @param offset its place among all published messages, as clients know it; null for an ephemeral one, which has none
 * @param repeated whether one with the same id had been published before, and this one therefore was not; the offset is
 *     that one's
 */
public record Receipt(@Nullable String offset, boolean repeated) {}
