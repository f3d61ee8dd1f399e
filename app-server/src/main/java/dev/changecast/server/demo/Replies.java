package dev.changecast.server.demo;

import dev.changecast.server.http.Reply;
import tools.jackson.databind.json.JsonMapper;

/** Answers to the demo's page. */
final class Replies {
    static final JsonMapper JSON = new JsonMapper();

    private Replies() {}

    /** @param message for the person at the page */
    static Reply refused(int status, String message) {
        return Reply.json(
                status, JSON.createObjectNode().put("message", message).toString());
    }
}
