package dev.changecast.bench.peer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** Clients of this project's server, which are ready when all that they have subscribed to is. */
public final class Subscription implements ProtocolDialect {
    /** The server lets only some commands of a client wait. */
    private static final int AT_ONCE = 16;

    private final IntFunction<List<String>> commands;
    private final Map<Integer, Progress> clients = new HashMap<>();

    /** What a client has still to say, and how many answers it waits for. */
    private static final class Progress {
        private final Iterator<String> commands;
        private int waiting;

        Progress(List<String> commands) {
            this.commands = commands.iterator();
        }

        List<String> next() {
            List<String> next = new ArrayList<>();
            while (waiting < AT_ONCE && commands.hasNext()) {
                next.add(commands.next());
                waiting++;
            }
            return next;
        }
    }

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
    public Reaction control(int client, String message) {
        if (message.startsWith("{\"type\":\"welcome\"")) {
            Progress progress = new Progress(commands.apply(client));
            clients.put(client, progress);
            return new Reaction(progress.next(), false);
        }
        if (message.startsWith("{\"type\":\"error\"")) {
            throw new IllegalStateException("client " + client + " was told: " + message);
        }
        Progress progress = clients.get(client);
        if (progress == null || !message.startsWith("{\"type\":\"ready\"")) {
            return Reaction.NONE;
        }
        progress.waiting--;
        List<String> next = progress.next();
        return new Reaction(next, progress.waiting == 0);
    }
}
