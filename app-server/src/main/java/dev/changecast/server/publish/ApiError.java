package dev.changecast.server.publish;

import dev.changecast.api.ErrorCode;
import dev.changecast.core.publish.MessageParser;
import dev.changecast.server.http.Reply;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Errors of the HTTP API, in the form that errors have everywhere in the protocol. */
public final class ApiError {
    private static final JsonMapper JSON = new JsonMapper();

    private ApiError() {}

    static Reply of(int status, ErrorCode code, String message) {
        return of(status, code, "publish", message);
    }

    /** @param context what was asked for */
    public static Reply of(int status, ErrorCode code, String context, String message) {
        return Reply.json(status, error(code, message).put("context", context).toString());
    }

    /** What is wrong with which message of a request. */
    static Reply of(List<MessageParser.Problem> problems) {
        if (problems.size() == 1 && problems.get(0).index() < 0) {
            return of(400, ErrorCode.BAD_MESSAGE, problems.get(0).message());
        }
        ObjectNode error =
                error(ErrorCode.BAD_MESSAGE, "nothing was published: " + problems.size() + " problems, see \"errors\"");
        ArrayNode errors = JSON.createArrayNode();
        for (MessageParser.Problem problem : problems) {
            ObjectNode each = errors.addObject();
            if (problem.index() >= 0) {
                each.put("index", problem.index());
            }
            each.put("message", problem.message());
        }
        error.set("errors", errors);
        return Reply.json(400, error.toString());
    }

    private static ObjectNode error(ErrorCode code, String message) {
        return JSON.createObjectNode()
                .put("type", "error")
                .put("code", code.number())
                .put("name", code.wireName())
                .put("context", "publish")
                .put("message", message)
                .put("retry", code.retry())
                .put("timestamp", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    }
}
