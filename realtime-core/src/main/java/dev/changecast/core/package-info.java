/**
 * The engine, as embedders see it: build one with {@link dev.changecast.core.Changecast#builder()}. A change goes through
 * {@code capture}, {@code log}, {@code hub}, {@code session} in this order; each is a package of its own.
 */
@NullMarked
package dev.changecast.core;

import org.jspecify.annotations.NullMarked;
