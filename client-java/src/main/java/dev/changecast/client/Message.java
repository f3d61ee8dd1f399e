package dev.changecast.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something to be told to people. It has an id from the beginning, by which the server knows it when it comes again: within
 * ten minutes a message with the same id is published once.
 *
 * @param to addresses: {@code broadcast}, {@code user:42}, {@code role:admin}, {@code room:lobby}
 * @param type {@code notification}, {@code broadcast}, {@code data_update}, {@code chat}, or a name of your own: letters,
 *     digits and {@code _ . : -}
 * @param content JSON
 * @param id at most 128 characters
 * @param ephemeral whether it is only for who is connected now
 * @param priority how much it matters; null when that is not said, and then it is as normal
 * @param ttl how long it waits for a user who is away, where it is a {@code notification}: 1 second to 365 days, in whole
 *     seconds; null for as long as the server keeps such messages
 */
public record Message(
        List<String> to,
        String type,
        String content,
        String id,
        boolean ephemeral,
        @Nullable Priority priority,
        @Nullable Duration ttl) {
    private static final int MOST_ID_CHARACTERS = 128;
    private static final Duration LEAST_TTL = Duration.ofSeconds(1);
    private static final Duration LONGEST_TTL = Duration.ofDays(365);

    /** @throws IllegalArgumentException when it is for nobody, has a bad id or time, or its content is not JSON */
    public Message {
        to = List.copyOf(to);
        requireNonNull(type, "type is null");
        requireNonNull(content, "content is null");
        requireNonNull(id, "id is null");
        if (to.isEmpty()) {
            throw new IllegalArgumentException("a message is for an address at least, such as user:42");
        }
        if (id.isEmpty() || id.length() > MOST_ID_CHARACTERS) {
            throw new IllegalArgumentException(
                    "an id has 1 to " + MOST_ID_CHARACTERS + " characters, not " + id.length());
        }
        if (ttl != null && (ttl.compareTo(LEAST_TTL) < 0 || ttl.compareTo(LONGEST_TTL) > 0 || ttl.getNano() != 0)) {
            throw new IllegalArgumentException(
                    "a message waits for 1 second to 365 days, in whole seconds, not for " + ttl);
        }
        Json.require(content);
    }

    /**
     * A message for one address.
     *
     * @param content text, a number, a flag, null, a map with texts as keys, a collection or array of such values, or
     *     {@link RawJson}
     * @throws IllegalArgumentException when the content is anything else
     */
    public static Message to(String address, String type, @Nullable Object content) {
        return to(List.of(address), type, content);
    }

    /** A message for several addresses: who has more than one of them gets it once, under the first. */
    public static Message to(List<String> addresses, String type, @Nullable Object content) {
        return new Message(addresses, type, Json.of(content), UUID.randomUUID().toString(), false, null, null);
    }

    /**
     * Says that something has changed, for pages that then fetch or mend what they show.
     *
     * @param entity what kind of thing, such as {@code order}
     * @param action what happened, such as {@code update}
     * @param id which of them; no message's id
     * @param data what is to be known about it; null for nothing
     */
    public static Message dataUpdate(String address, String entity, String action, String id, @Nullable Object data) {
        Map<String, @Nullable Object> content = new LinkedHashMap<>();
        content.put("entity", entity);
        content.put("action", action);
        content.put("id", id);
        content.put("data", data);
        return to(address, "data_update", content);
    }

    /** With an id that outlives this process: of a row of an outbox, or an order's number. */
    public Message id(String id) {
        return new Message(to, type, content, id, ephemeral, priority, ttl);
    }

    /** For those only who are connected now; it is worth nothing afterwards. */
    public Message asEphemeral() {
        return new Message(to, type, content, id, true, priority, ttl);
    }

    /** As important as that: people are told, and of what waits for them the lowest goes first. */
    public Message priority(Priority priority) {
        return new Message(to, type, content, id, ephemeral, priority, ttl);
    }

    /** Waiting for so long at most, for one that is of no use later; whole seconds. */
    public Message ttl(Duration ttl) {
        return new Message(to, type, content, id, ephemeral, priority, ttl);
    }

    /** Without the content, which may be private. */
    @Override
    public String toString() {
        return type + " to " + to + ", id " + id + (ephemeral ? ", ephemeral" : "");
    }
}
