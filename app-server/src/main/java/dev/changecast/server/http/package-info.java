/** What the server answers over HTTP besides the transports: small endpoints, without state, that do not know the port. */
@NullMarked
package dev.changecast.server.http;

import org.jspecify.annotations.NullMarked;
