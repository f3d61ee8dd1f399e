/**
 * For services that publish. {@link dev.changecast.client.ChangecastClient} sends messages to a Changecast server, over HTTP
 * or through Redis, in order and as often as is needed until each has been taken once.
 */
@NullMarked
package dev.changecast.client;

import org.jspecify.annotations.NullMarked;
