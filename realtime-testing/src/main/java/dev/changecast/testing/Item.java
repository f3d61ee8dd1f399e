package dev.changecast.testing;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Write} has left in a row, as the source tells it.
 *
 * @param text null where the source tells the key alone
 */
public record Item(long key, @Nullable String text) {}
