package dev.changecast.server.publish;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.server.http.DeferredEndpoint;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * Answers those that {@link KeyedAccess} lets in.
 *
 * @param action what is answered. An {@link IllegalArgumentException} says what is wrong with the request, a
 *     {@link ChangecastException} why nothing can be done at the moment
 */
public record KeyedEndpoint(KeyedAccess access, String method, Function<Request, CompletionStage<Reply>> action)
        implements DeferredEndpoint {
    private static final int MOST_BODY_BYTES = 4096;

    /** Answers at once, with JSON. */
    static KeyedEndpoint ofJson(KeyedAccess access, String method, Function<Request, JsonNode> action) {
        return new KeyedEndpoint(
                access,
                method,
                request -> CompletableFuture.completedFuture(
                        Reply.json(200, action.apply(request).toString())));
    }

    @Override
    public Optional<Reply> refuse(Request head) {
        return access.refuse(head, method);
    }

    @Override
    public int maxBodyBytes() {
        return MOST_BODY_BYTES;
    }

    @Override
    public Reply tooLarge() {
        return access.error(413, ErrorCode.BAD_MESSAGE, "a request has " + MOST_BODY_BYTES + " bytes at most");
    }

    @Override
    public CompletionStage<Reply> answer(Request request) {
        try {
            return action.apply(request);
        } catch (IllegalArgumentException e) {
            return refused(400, ErrorCode.BAD_MESSAGE, e);
        } catch (ChangecastException e) {
            return refused(503, e.code(), e);
        }
    }

    private CompletionStage<Reply> refused(int status, ErrorCode code, RuntimeException why) {
        return CompletableFuture.completedFuture(access.error(status, code, String.valueOf(why.getMessage())));
    }
}
