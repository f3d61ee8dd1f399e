package dev.changecast.bench.peer;

import dev.changecast.bench.load.Dialect;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/** Clients of this project's server, which are ready when all that they have subscribed to is. */
public final class Subscription implements Dialect {
    private final IntFunction<List<String>> commands;
    private final Map<Integer, Integer> asked = new ConcurrentHashMap<>();
    private final Map<Integer, Integer> readyChannels = new ConcurrentHashMap<>();

    private Subscription(IntFunction<List<String>> commands) {
        this.commands = commands;
    }

    /** All clients say the same. */
    public static Subscription to(String command) {
        return each(client -> List.of(command));
    }

    /** @param commands what a client with this number says */
    public static Subscription each(IntFunction<List<String>> commands) {
        return new Subscription(commands);
    }

    @Override
    public String path() {
        return "/ws";
    }

    @Override
    public List<String> opening(int client) {
        List<String> said = commands.apply(client);
        asked.put(client, said.size());
        return said;
    }

    @Override
    public boolean readyWhenOpen() {
        return false;
    }

    @Override
    public Reaction control(int client, String message) {
        if (message.startsWith("{\"type\":\"error\"")) {
            throw new IllegalStateException("client " + client + " was told: " + message);
        }
        boolean ready = message.startsWith("{\"type\":\"ready\"")
                && readyChannels.merge(client, 1, Integer::sum).equals(asked.get(client));
        return ready ? Reaction.READY : Reaction.NONE;
    }
}
