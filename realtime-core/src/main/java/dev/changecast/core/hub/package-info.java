/**
 * Finds the views that a change matches, encodes it once for each, and hands the shared bytes to the threads that own the
 * sessions.
 */
@NullMarked
package dev.changecast.core.hub;

import org.jspecify.annotations.NullMarked;
