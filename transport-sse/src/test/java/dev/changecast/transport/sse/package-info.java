@NullMarked
package dev.changecast.transport.sse;

import org.jspecify.annotations.NullMarked;
