/** A real Redis for tests. */
@NullMarked
package dev.changecast.redis.testing;

import org.jspecify.annotations.NullMarked;
