package dev.changecast.bench.peer;

import dev.changecast.bench.load.Dialect;

/** Engine.IO 4 over a WebSocket alone: opened by the server, then a namespace is asked for; pings are answered. */
final class SocketIoDialect implements Dialect {
    @Override
    public String path() {
        return "/socket.io/?EIO=4&transport=websocket";
    }

    @Override
    public boolean readyWhenOpen() {
        return false;
    }

    @Override
    public Reaction control(int client, String message) {
        if (message.startsWith("40")) {
            return Reaction.READY;
        }
        return switch (message.charAt(0)) {
            case '0' -> Reaction.say("40");
            case '2' -> Reaction.say("3");
            default -> Reaction.NONE;
        };
    }
}
