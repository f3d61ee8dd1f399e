/** Committed changes of MongoDB, from its change streams. */
@NullMarked
package dev.changecast.source.mongo;

import org.jspecify.annotations.NullMarked;
