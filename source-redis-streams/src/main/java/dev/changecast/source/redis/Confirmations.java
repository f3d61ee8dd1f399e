package dev.changecast.source.redis;

import dev.changecast.api.source.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Which entries are in the log and not yet confirmed to Redis, and which were confirmed lately: what a replica that takes
 * over hands out again may be among these. For the capturing thread.
 */
final class Confirmations {
    /** What waits for the disk at most, in entries. */
    private static final int MOST_WAITING = 10_000;

    private static final int MOST_REMEMBERED = 20_000;
    private static final int MOST_AT_ONCE = 1000;

    private record Waiting(Position position, Id id) {}

    private record Id(String stream, EntryId entry) {}

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final Set<Id> unconfirmed = new HashSet<>();
    private final LinkedHashSet<Id> confirmed = new LinkedHashSet<>();

    /** A new run asks Redis what it still waits for; what is remembered stays. */
    void begin() {
        waiting.clear();
        unconfirmed.clear();
    }

    /** An entry is in the log at this position, though perhaps not durably. */
    void add(Position position, String stream, EntryId entry) {
        Id id = new Id(stream, entry);
        if (unconfirmed.add(id)) {
            waiting.add(new Waiting(position, id));
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    boolean isFull() {
        return waiting.size() >= MOST_WAITING;
    }

    /** Whether it is in the log and will be confirmed. */
    boolean isWaiting(String stream, EntryId entry) {
        return unconfirmed.contains(new Id(stream, entry));
    }

    /** Whether it was confirmed lately. */
    boolean wasConfirmed(String stream, EntryId entry) {
        return confirmed.contains(new Id(stream, entry));
    }

    /** Confirms what is durable. */
    void send(RedisConnection redis, String group, Position durable, BiConsumer<String, EntryId> sent) {
        while (!waiting.isEmpty() && !waiting.peek().position.isAfter(durable)) {
            Map<String, List<Object>> byStream = new HashMap<>();
            List<Id> ids = new ArrayList<>();
            while (ids.size() < MOST_AT_ONCE
                    && !waiting.isEmpty()
                    && !waiting.peek().position.isAfter(durable)) {
                Id id = waiting.remove().id;
                ids.add(id);
                byStream.computeIfAbsent(id.stream, stream -> new ArrayList<>(List.of(stream, group)))
                        .add(id.entry);
            }
            List<RedisConnection.Call> calls = byStream.values().stream()
                    .map(arguments -> new RedisConnection.Call(Command.XACK, arguments.toArray()))
                    .toList();
            for (Object answer : redis.callAll(calls)) {
                if (answer instanceof JedisDataException refused) {
                    throw refused;
                }
            }
            ids.forEach(id -> {
                unconfirmed.remove(id);
                remember(id);
                sent.accept(id.stream, id.entry);
            });
        }
    }

    private void remember(Id id) {
        confirmed.add(id);
        if (confirmed.size() > MOST_REMEMBERED) {
            var oldest = confirmed.iterator();
            oldest.next();
            oldest.remove();
        }
    }
}
