/**
 * What transports over asynchronous servlets share. A request's way: {@link
 * dev.changecast.transport.servlet.TransportServlet} decides which pages may ask and reads the handshake, {@link
 * dev.changecast.transport.servlet.Exchange} is the request and its answer from then on, {@link
 * dev.changecast.transport.servlet.RequestBody} arrives, {@link dev.changecast.transport.servlet.ResponseStream} leaves,
 * {@link dev.changecast.transport.servlet.Problem} is what went wrong. No thread waits anywhere.
 */
@NullMarked
package dev.changecast.transport.servlet;

import org.jspecify.annotations.NullMarked;
