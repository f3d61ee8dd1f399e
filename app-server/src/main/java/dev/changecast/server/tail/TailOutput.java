package dev.changecast.server.tail;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** Where what arrives goes. Called by one thread. */
public interface TailOutput {
    /** The changes of one committed transaction, in order; each is a message of the protocol. */
    void changes(List<JsonNode> changes);

    /** Something about the connection that the person should know. */
    void note(String text);
}
