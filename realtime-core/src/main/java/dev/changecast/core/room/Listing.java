package dev.changecast.core.room;

import org.jspecify.annotations.Nullable;

/**
 * Who is there, for one who begins to watch: news with a number above this one bring it up to date.
 *
 * @param users the members as a JSON array; null when there are too many to be listed
 * @param count how many members there are: users, and sessions without one
 */
public record Listing(long number, byte @Nullable [] users, int count) {}
