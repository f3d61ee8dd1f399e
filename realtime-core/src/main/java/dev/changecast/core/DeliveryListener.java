package dev.changecast.core;

/**
 * Is told how changes came to the sessions, for tracing. Of a transaction that is handed out in several parts each is told
 * of by itself, as is each of the threads that own sessions; sessions that read from the log by themselves, since they are
 * slow or came back just now, are not told of.
 */
@FunctionalInterface
public interface DeliveryListener {
    /** Called by the threads that own sessions, several at once: it must be quick. What it throws is logged. */
    void delivered(Delivery delivery);
}
