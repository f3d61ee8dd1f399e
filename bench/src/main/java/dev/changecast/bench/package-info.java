/** Benchmarks of whole processes, side by side with what people would otherwise pick. */
@NullMarked
package dev.changecast.bench;

import org.jspecify.annotations.NullMarked;
