/** The generator: subscribers that count, publishers that wait for their answers. */
@NullMarked
package dev.changecast.bench.load;

import org.jspecify.annotations.NullMarked;
