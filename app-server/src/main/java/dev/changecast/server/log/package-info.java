/** What is logged, how, and where to. */
@NullMarked
package dev.changecast.server.log;

import org.jspecify.annotations.NullMarked;
