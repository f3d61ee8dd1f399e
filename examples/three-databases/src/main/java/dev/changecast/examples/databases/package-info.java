/** The application beside the server of the example with three databases: it has the databases, writes to them, and lets them fail. */
@NullMarked
package dev.changecast.examples.databases;

import org.jspecify.annotations.NullMarked;
