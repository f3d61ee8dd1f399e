/**
 * The contract between the engine and a source of changes. Who writes a source implements {@link
 * dev.changecast.api.source.ChangeSource} and {@link dev.changecast.api.source.ChangeSourceProvider}, and names the
 * provider in {@code META-INF/services}.
 */
@NullMarked
package dev.changecast.api.source;

import org.jspecify.annotations.NullMarked;
