/**
 * The one port of the bundled server. A connection's way, in the order of the files: {@link
 * dev.changecast.http.grizzly.HttpPort} assembles and listens, {@code SlowRequestFilter} bounds how long a request may
 * take to arrive, {@code UpgradeFilter} decides what becomes a WebSocket ({@code HandshakeReader}, the gate, {@code
 * EndpointHandler} for what does not), {@code EndpointContainer} is Tyrus, {@code UpgradedConnection} receives and ends,
 * {@code FrameScanner} checks, {@code MessageInflater} unpacks, {@code SocketFrameWriter} sends. A servlet's request goes
 * by {@code ServletHandler}, {@code HostedExchange}, {@code BodyInput} and {@code BodyOutput}.
 */
@NullMarked
package dev.changecast.http.grizzly;

import org.jspecify.annotations.NullMarked;
