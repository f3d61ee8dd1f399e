/** A client of the wire protocol for the terminal: prints changes, and goes on from where it was after each reconnect. */
@NullMarked
package dev.changecast.server.tail;

import org.jspecify.annotations.NullMarked;
