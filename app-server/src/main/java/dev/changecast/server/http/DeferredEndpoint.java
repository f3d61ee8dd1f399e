package dev.changecast.server.http;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Answers the requests of one path when something has come about, which no thread of the port waits for. What it allows
 * to send is known before anything of it is read.
 */
public interface DeferredEndpoint {
    /**
     * Looks at a request before its body is read.
     *
     * @param head without the body
     * @return the answer to a request that need not be read; empty when it is to go on
     */
    Optional<Reply> refuse(Request head);

    /** The largest body that it takes, in bytes. */
    int maxBodyBytes();

    /** The answer to a request whose body is larger. */
    Reply tooLarge();

    /**
     * Called by the port's worker threads, several at once; must not block. What it throws, or fails with, is answered
     * 500.
     *
     * @return completes on any thread, and in any case some time
     */
    CompletionStage<Reply> answer(Request request);
}
