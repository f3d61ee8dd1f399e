package dev.changecast.bench.peer;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Clients of one collection that remember where they are, and go on from there when they connect again. */
public final class Resuming implements ProtocolDialect {
    private static final Pattern READY =
            Pattern.compile("^\\{\"type\":\"ready\",\"channel\":\"([^\"]+)\",\"offsets\":(\\{[^}]*})");

    private final String collection;
    private final boolean snapshot;
    private final boolean numbered;
    private final Map<Integer, String> continuations = new ConcurrentHashMap<>();

    /**
     * @param snapshot whether a client that does not know where it is wants the rows
     * @param numbered whether changes are counted by their numbers
     */
    public Resuming(String collection, boolean snapshot, boolean numbered) {
        this.collection = collection;
        this.snapshot = snapshot;
        this.numbered = numbered;
    }

    @Override
    public boolean numbered() {
        return numbered;
    }

    @Override
    public List<String> opening(int client) {
        return List.of("{\"type\":\"subscribe\",\"collection\":\"" + collection + "\",\"snapshot\":" + snapshot
                + continuations.getOrDefault(client, "") + "}");
    }

    @Override
    public Reaction control(int client, String message) {
        Matcher ready = READY.matcher(message);
        if (ready.find()) {
            continuations.put(client, ",\"channel\":\"" + ready.group(1) + "\",\"since\":" + ready.group(2));
            return Reaction.READY;
        }
        if (message.startsWith("{\"type\":\"error\"") || message.startsWith("{\"type\":\"reset\"")) {
            throw new IllegalStateException("client " + client + " was told: " + message);
        }
        return Reaction.NONE;
    }
}
