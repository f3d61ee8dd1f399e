/**
 * Sessions over WebSocket, in any container that implements Jakarta WebSocket 2.1 or later. What a connection goes
 * through, in the order of the files: {@link dev.changecast.transport.websocket.WebSocketTransport} describes the
 * endpoint, {@code HandshakeCapture} keeps what the session will not tell, {@link
 * dev.changecast.transport.websocket.ClientEndpoint} receives, {@code WebSocketConnection} sends and closes.
 */
@NullMarked
package dev.changecast.transport.websocket;

import org.jspecify.annotations.NullMarked;
