/**
 * The whole path in one piece: a real PostgreSQL, the real server as a process of its own, clients over real WebSockets.
 * {@link dev.changecast.server.e2e.TestPostgres} and {@link dev.changecast.server.e2e.ServerProcess} are what is tested;
 * {@link dev.changecast.server.e2e.RecordingClient} does what the protocol asks of a client, and fails when the server
 * breaks a promise.
 */
@NullMarked
package dev.changecast.server.e2e;

import org.jspecify.annotations.NullMarked;
