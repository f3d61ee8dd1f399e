package dev.changecast.server.browser;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.WebSocketRoute;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stands between a page and the real server and does what the protocol says of tokens: takes the one that comes first, says
 * when it expires, takes another on the open connection, and refuses. Everything else passes.
 */
final class TokenGate {
    private static final JsonMapper JSON = new JsonMapper();

    private final List<String> taken = new ArrayList<>();
    private @Nullable Duration expires;
    private @Nullable WebSocketRoute open;
    private int connections;

    /** Takes all WebSockets of a page from now on. */
    TokenGate(Page page) {
        page.routeWebSocket("**/ws", this::connect);
    }

    private void connect(WebSocketRoute client) {
        connections++;
        open = client;
        WebSocketRoute server = client.connectToServer();
        client.onMessage(frame -> {
            JsonNode message = JSON.readTree(frame.text());
            if (message.path("type").asString().equals("authenticate")) {
                taken.add(message.path("token").asString());
                client.send(welcome());
            } else {
                server.send(frame.text());
            }
        });
        // Its own welcome came without a token.
        server.onMessage(frame -> {
            if (!JSON.readTree(frame.text()).path("type").asString().equals("welcome")) {
                client.send(frame.text());
            }
        });
    }

    private String welcome() {
        Instant now = Instant.now();
        ObjectNode welcome = JSON.createObjectNode().put("type", "welcome").put("heartbeat_ms", 30_000);
        welcome.put("expires_at", expires == null ? null : now.plus(expires).toString());
        return welcome.put("server_time", now.toString()).toString();
    }

    /** After how long the tokens that are taken from now on expire; null: never. */
    void expires(@Nullable Duration after) {
        expires = after;
    }

    /** Ends the connection as a server does that no longer accepts its token. */
    void refuse(String reason) {
        if (open == null) {
            throw new AssertionError("nobody is connected");
        }
        open.close(new WebSocketRoute.CloseOptions().setCode(4401).setReason(reason));
    }

    /** The tokens that came, in their order. */
    List<String> taken() {
        return taken;
    }

    int connections() {
        return connections;
    }
}
