package dev.changecast.server.http;

/** Answers the requests of one path, and of what lies below it. */
@FunctionalInterface
public interface Endpoint {
    /** Called by the port's worker threads, several at once; may block for a moment. What it throws is answered 500. */
    Reply answer(Request request) throws Exception;
}
