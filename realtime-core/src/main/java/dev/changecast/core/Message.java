package dev.changecast.core;

import dev.changecast.api.ChangecastException;
import dev.changecast.core.publish.MessageCheck;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Something to be told to people who need not have subscribed to it: {@link Changecast#publish}. Constructing one checks
 * it and throws {@link ChangecastException} with {@link dev.changecast.api.ErrorCode#BAD_MESSAGE} and all that is wrong.
 *
 * @param to who gets it, in this order; a session with several of the addresses gets it once, under the first
 * @param type its {@code type} on the wire: {@code notification}, {@code broadcast}, {@code data_update}, {@code chat}, or a
 *     name of your own that the protocol has not reserved; at most 100 letters, digits and {@code _ . : -}
 * @param content JSON, as it will stand in the message
 * @param id names the message: for ten minutes another one with this id counts as the same and is not published. At most
 *     128 characters; null to have one chosen
 * @param ephemeral whether it is worth nothing afterwards (somebody types, a cursor moves): only who is connected gets it,
 *     nothing is kept, and it comes at most once
 * @param priority how much it matters, which clients are told; null when that is not said, and then it is as normal
 * @param ttl how long it waits for a user who is not there, where it is a {@code notification}; null for as long as such
 *     messages are kept
 * @param sender who said it, where a person did; with one the type may be {@code room_message}, too
 */
public record Message(
        List<Address> to,
        String type,
        String content,
        @Nullable String id,
        boolean ephemeral,
        @Nullable Priority priority,
        @Nullable Duration ttl,
        @Nullable Sender sender) {

    public Message {
        to = List.copyOf(new LinkedHashSet<>(to));
        MessageCheck.check(to, type, content, id, ttl, sender != null);
    }

    /** A server's message, that nobody has sent, of no particular priority. */
    public Message(List<Address> to, String type, String content, @Nullable String id, boolean ephemeral) {
        this(to, type, content, id, ephemeral, null, null, null);
    }

    /**
     * Who said something. Those who get it are told, so it must have been verified.
     *
     * @param user null for somebody who has no user
     * @param name what the user is called; null when that is not known
     * @param mark what the session has that is not to get it back; null when all get it. Nobody is told
     */
    public record Sender(
            @Nullable String user,
            @Nullable String name,
            @Nullable String mark) {}

    /** A message for one address that is kept, so that who was away gets it. */
    public static Message to(Address to, String type, String content) {
        return new Message(List.of(to), type, content, null, false);
    }

    /** For several addresses. */
    public static Message to(Set<Address> to, String type, String content) {
        return new Message(List.copyOf(to), type, content, null, false);
    }

    /** With an id, so that it can be published again when it is not known whether it was. */
    public Message id(String id) {
        return new Message(to, type, content, id, ephemeral, priority, ttl, sender);
    }

    /** For those only who are connected now. */
    public Message asEphemeral() {
        return new Message(to, type, content, id, true, priority, ttl, sender);
    }

    /** As important as that. */
    public Message priority(Priority priority) {
        return new Message(to, type, content, id, ephemeral, priority, ttl, sender);
    }

    /** Waiting for so long at most; 1 second or more. */
    public Message ttl(Duration ttl) {
        return new Message(to, type, content, id, ephemeral, priority, ttl, sender);
    }

    /** Said by a user, such as a {@code chat} or a {@code room_message} that another service has taken. */
    public Message from(String user, @Nullable String name) {
        return new Message(to, type, content, id, ephemeral, priority, ttl, new Sender(user, name, null));
    }

    /** Without the content, which may be private. */
    @Override
    public String toString() {
        return type + " to " + to + (id == null ? "" : ", id " + id) + (ephemeral ? ", ephemeral" : "");
    }
}
