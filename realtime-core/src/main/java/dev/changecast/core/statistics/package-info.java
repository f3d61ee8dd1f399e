/**
 * How the engine counts what it does. Counting must cost next to nothing, since it is done where it is busiest: a thread
 * counts for itself, and whoever wants to know adds up.
 */
@NullMarked
package dev.changecast.core.statistics;

import org.jspecify.annotations.NullMarked;
