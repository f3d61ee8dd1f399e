/**
 * Sessions and the threads that own them. A session is a reader of the log: at the head it is pushed what the hub shares,
 * behind it reads by its own cursor.
 */
@NullMarked
package dev.changecast.core.session;

import org.jspecify.annotations.NullMarked;
