/**
 * The bundled server. {@code command} reads the command line, {@code config} the configuration, {@code serve} assembles
 * engine and port, {@code http} answers what is no transport's, {@code tail} is the client in the terminal, {@code demo}
 * a database and a page to try it all with.
 */
@NullMarked
package dev.changecast.server;

import org.jspecify.annotations.NullMarked;
