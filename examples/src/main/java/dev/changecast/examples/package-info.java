/** What the README shows. Lines between {@code // quote} and {@code // end} stand in the documentation word for word. */
@NullMarked
package dev.changecast.examples;

import org.jspecify.annotations.NullMarked;
