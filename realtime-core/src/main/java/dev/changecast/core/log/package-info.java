/** The log of a feed. */
@NullMarked
package dev.changecast.core.log;

import org.jspecify.annotations.NullMarked;
