package dev.changecast.bench.peer;

import dev.changecast.bench.load.Dialect;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Bayeux over a WebSocket: a handshake, a subscription, and a {@code /meta/connect} that is always open. */
final class CometdDialect implements Dialect {
    private static final Pattern CLIENT = Pattern.compile("\"clientId\":\"([^\"]+)\"");

    private final Map<Integer, String> names = new HashMap<>();

    @Override
    public String path() {
        return "/cometd";
    }

    @Override
    public List<String> opening(int client) {
        return List.of("[{\"id\":\"1\",\"channel\":\"/meta/handshake\",\"version\":\"1.0\","
                + "\"supportedConnectionTypes\":[\"websocket\"]}]");
    }

    @Override
    public boolean readyWhenOpen() {
        return false;
    }

    @Override
    public boolean severalInOneFrame() {
        return true;
    }

    @Override
    public Reaction control(int client, String message) {
        if (message.contains("/meta/handshake")) {
            Matcher name = CLIENT.matcher(message);
            if (!name.find()) {
                throw new IllegalStateException("CometD refused a handshake: " + message);
            }
            names.put(client, name.group(1));
            return Reaction.say(
                    "[{\"id\":\"2\",\"channel\":\"/meta/subscribe\",\"subscription\":\"/all\",\"clientId\":\""
                            + name.group(1) + "\"}," + connect(client) + "]");
        }
        boolean subscribed = message.contains("/meta/subscribe");
        boolean connected = message.contains("/meta/connect");
        return new Reaction(connected ? List.of("[" + connect(client) + "]") : List.of(), subscribed);
    }

    private String connect(int client) {
        return "{\"id\":\"3\",\"channel\":\"/meta/connect\",\"connectionType\":\"websocket\",\"clientId\":\""
                + names.get(client) + "\"}";
    }
}
