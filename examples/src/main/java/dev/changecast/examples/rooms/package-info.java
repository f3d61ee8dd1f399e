/** The application beside the server of the example with rooms. */
@NullMarked
package dev.changecast.examples.rooms;

import org.jspecify.annotations.NullMarked;
