/**
 * Messages that servers publish to people, without a database behind them. They are the changes of one more source,
 * {@code live}, which gives them positions and has a log like any other; so a session gets them live, resumes, and catches
 * up by the same means as with changes of a database. What differs: who gets one is said by addresses and not by
 * filters, and nobody gets one before it is durable.
 *
 * <p>Notifications to a user wait until the user was sent them: {@code WaitingNotifications}.
 *
 * <p>{@code MessageParser} reads what a server sends, {@code LiveSource} puts it into the log, {@code Publication} is what
 * the hub hands on.
 */
@NullMarked
package dev.changecast.core.publish;

import org.jspecify.annotations.NullMarked;
