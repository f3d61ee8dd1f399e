/**
 * The contract between the engine and a way to reach clients. A transport turns connections into calls of {@link
 * dev.changecast.api.transport.SessionGateway} and {@link dev.changecast.api.transport.ConnectionListener}; the engine
 * answers through {@link dev.changecast.api.transport.ClientConnection}.
 */
@NullMarked
package dev.changecast.api.transport;

import org.jspecify.annotations.NullMarked;
