/** What servers may do over HTTP with an API key: publish, and end sessions. */
@NullMarked
package dev.changecast.server.publish;

import org.jspecify.annotations.NullMarked;
