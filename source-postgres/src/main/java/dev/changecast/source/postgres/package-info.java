/** Committed changes of PostgreSQL, by logical decoding with the built-in plugin {@code pgoutput}. */
@NullMarked
package dev.changecast.source.postgres;

import org.jspecify.annotations.NullMarked;
