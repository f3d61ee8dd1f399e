/** Puts engine, transports and port together, and takes them apart in order. The only place that knows Guice. */
@NullMarked
package dev.changecast.server.serve;

import org.jspecify.annotations.NullMarked;
