/**
 * Sessions over long polling, in any container that has asynchronous Jakarta servlets. A request's way, in the order of the
 * files: {@link dev.changecast.transport.longpoll.LongPollTransport} describes the servlet, {@code PollServlet} receives,
 * {@code PollRequest} is what was asked, {@code PollSession} holds what waits for the client and what it has not yet
 * acknowledged, {@code PollAnswer} is what it gets, {@code PollSessions} knows them all and keeps the time.
 */
@NullMarked
package dev.changecast.transport.longpoll;

import org.jspecify.annotations.NullMarked;
