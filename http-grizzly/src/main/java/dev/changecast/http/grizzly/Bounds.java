package dev.changecast.http.grizzly;

import java.time.Duration;

/**
 * What one connection may take.
 *
 * @param maxMessageBytes the largest message from a client
 * @param maxHeaderBytes the request line and the headers of a request
 * @param requestTimeout how long a request may take to arrive
 * @param idleTimeout how long a connection may wait for its next request
 * @param closeTimeout how long a client may take to answer a close frame
 */
record Bounds(
        int maxMessageBytes,
        int maxHeaderBytes,
        Duration requestTimeout,
        Duration idleTimeout,
        Duration closeTimeout) {}
