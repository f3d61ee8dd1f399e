/** What the plug-in for PostgreSQL brings for databases. */
@NullMarked
package dev.changecast.server.postgres;

import org.jspecify.annotations.NullMarked;
