/** Runs sources and puts what they capture into the log of their feed. */
@NullMarked
package dev.changecast.core.capture;

import org.jspecify.annotations.NullMarked;
