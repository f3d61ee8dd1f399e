/**
 * Sessions over server-sent events, in any container that has asynchronous Jakarta servlets. In the order of the files:
 * {@link dev.changecast.transport.sse.EventsTransport} describes the servlet, {@code EventsServlet} receives the request,
 * {@code Wanted} is what it subscribes to, {@code EventsConnection} sends, {@code EventForm} is a message as an event,
 * {@code Resumption} knows from where its client could go on.
 */
@NullMarked
package dev.changecast.transport.sse;

import org.jspecify.annotations.NullMarked;
