package dev.changecast.api.source;

/**
 * Where the log of a feed ends, and so where its source has to go on.
 *
 * @param epoch the epoch the log was written in
 * @param checkpoint the end of the last complete transaction, or of the last progress, that the log holds
 */
public record StartPoint(String epoch, Checkpoint checkpoint) {}
