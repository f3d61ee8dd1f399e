/** A change source from scratch, as CONTRIBUTING tells it. */
@NullMarked
package dev.changecast.examples.spool;

import org.jspecify.annotations.NullMarked;
