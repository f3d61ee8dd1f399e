package dev.changecast.server.tail;

import dev.changecast.core.publish.LiveSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The client's side of the protocol, without a network: what to send, and what the messages mean. It outlives
 * connections: {@link #connected} begins a new one from the last offsets. Used by one thread.
 */
public final class TailSession {
    /** The command went wrong in a way that the same command would again. */
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    private static final JsonMapper JSON = new JsonMapper();
    private static final long DEFAULT_HEARTBEAT_MS = 30_000;

    private final TailRequest request;
    private final TailOutput output;
    private final Map<String, String> offsets = new ConcurrentSkipListMap<>();
    /** By collection: the channels that may go on from the offsets, since they were ready once. */
    private final Map<String, String> readyChannels = new LinkedHashMap<>();

    private final Map<String, String> collectionOfChannel = new HashMap<>();
    private final Set<String> waitingForReady = new HashSet<>();
    private final List<JsonNode> uncommitted = new ArrayList<>();
    private @Nullable String failure;
    private long heartbeatMillis = DEFAULT_HEARTBEAT_MS;

    public TailSession(TailRequest request, TailOutput output) {
        this.request = request;
        this.output = output;
        offsets.putAll(request.since());
    }

    /** A connection is open: the commands to send. What a lost one left uncommitted will come again. */
    public List<String> connected() {
        failure = null;
        uncommitted.clear();
        collectionOfChannel.clear();
        waitingForReady.clear();
        waitingForReady.addAll(request.collections());
        return request.collections().stream().map(this::subscribe).toList();
    }

    /** How long the server may be silent before the connection counts as dead. */
    public long silenceMillis() {
        return 3 * heartbeatMillis;
    }

    /** Where to go on, by source. May be called by any thread. */
    public Map<String, String> offsets() {
        return Map.copyOf(offsets);
    }

    /** Why this connection is of no use and another should be tried later; null while it is of use. */
    public @Nullable String failure() {
        return failure;
    }

    /** Whether every collection was whole on this connection. */
    public boolean isReady() {
        return waitingForReady.isEmpty();
    }

    private String subscribe(String collection) {
        ObjectNode command = JSON.createObjectNode();
        command.put("type", "subscribe");
        command.put("id", collection);
        command.put("collection", collection);
        command.put("snapshot", false);
        if (request.filter() != null) {
            command.set("filter", request.filter());
        }
        String channel = readyChannels.get(collection);
        boolean goesOn = channel != null || !request.since().isEmpty();
        if (goesOn && !offsets.isEmpty()) {
            ObjectNode since = command.putObject("since");
            offsets.forEach(since::put);
        }
        if (channel != null) {
            command.put("channel", channel);
        }
        return command.toString();
    }

    /** One message of the server. */
    public void received(String text) throws RefusedException {
        JsonNode message = JSON.readTree(text);
        if (message.has("action")) {
            uncommitted.add(message);
            if (message.path("commit").asBoolean(false)) {
                committed(message);
            }
            return;
        }
        switch (message.path("type").asString("")) {
            case "welcome" -> heartbeatMillis = message.path("heartbeat_ms").asLong(DEFAULT_HEARTBEAT_MS);
            case "subscribed" ->
                collectionOfChannel.put(
                        message.path("channel").asString(""),
                        message.path("collection").asString(""));
            case "ready" -> ready(message);
            case "commit" -> committed(message);
            case "heartbeat" -> take(message.path("offsets"));
            case "reset" -> reset(message);
            case "going_away" -> output.note("the server is going away; it will be asked again");
            case "error" -> error(message);
            default -> {
                // Of a later version, or something pushed without a subscription.
            }
        }
    }

    private void ready(JsonNode message) {
        String channel = message.path("channel").asString("");
        String collection = collectionOfChannel.getOrDefault(channel, channel);
        readyChannels.put(collection, channel);
        waitingForReady.remove(collection);
        if (isReady()) {
            take(message.path("offsets"));
        }
    }

    private void committed(JsonNode message) {
        if (!uncommitted.isEmpty()) {
            output.changes(List.copyOf(uncommitted));
            uncommitted.clear();
        }
        // Not before all are ready: a collection that is still being caught up would lose what lies between.
        if (isReady() && message.hasNonNull("source") && message.hasNonNull("offset")) {
            offsets.put(message.get("source").asString(), message.get("offset").asString());
        }
    }

    private void take(JsonNode positions) {
        if (isReady()) {
            positions.properties().forEach(entry -> {
                // Published messages are not what is followed here.
                if (!entry.getKey().equals(LiveSource.NAME)) {
                    offsets.put(entry.getKey(), entry.getValue().asString());
                }
            });
        }
    }

    private void reset(JsonNode message) {
        uncommitted.clear();
        String channel = message.path("channel").asString("");
        output.note("changes of " + collectionOfChannel.getOrDefault(channel, channel) + " were missed: "
                + message.path("reason").asString("no reason given"));
        take(message.path("offsets"));
    }

    private void error(JsonNode message) throws RefusedException {
        String text = message.path("message").asString("") + " ("
                + message.path("code").asString("") + " " + message.path("name").asString("") + ")";
        boolean ofSubscription = Optional.ofNullable(message.get("id"))
                .map(JsonNode::asString)
                .filter(request.collections()::contains)
                .isPresent();
        if (!ofSubscription) {
            output.note(text);
        } else if (message.path("retry").asBoolean(false)) {
            failure = text;
        } else {
            throw new RefusedException(text);
        }
    }
}
