/** The command line. Each command is a class; what they share is {@link dev.changecast.server.command.Terminal}. */
@NullMarked
package dev.changecast.server.command;

import org.jspecify.annotations.NullMarked;
