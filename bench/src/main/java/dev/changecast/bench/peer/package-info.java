/** The servers that are measured, each a process of its own. */
@NullMarked
package dev.changecast.bench.peer;

import org.jspecify.annotations.NullMarked;
