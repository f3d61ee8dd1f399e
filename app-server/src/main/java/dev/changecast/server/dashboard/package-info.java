/**
 * The page for operators and the addresses that it asks: figures with their last ten minutes, sessions, what somebody may
 * see, and a look at the changes that pass.
 */
@NullMarked
package dev.changecast.server.dashboard;

import org.jspecify.annotations.NullMarked;
