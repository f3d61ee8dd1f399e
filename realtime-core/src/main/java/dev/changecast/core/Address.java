package dev.changecast.core;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Whom a published message is for. Every session has those of its {@link Identity} and no others: {@code broadcast}, and
 * when it has a user {@code user:<id>} and {@code role:<role>} for each of its roles.
 *
 * @param text as it stands on the wire
 */
public record Address(String text) {
    private static final Address BROADCAST = new Address("broadcast");
    private static final String ROOM = "room:";
    private static final int MOST_CHARACTERS = 256;

    public Address {
        requireNonNull(text, "text is null");
    }

    /** Every session. */
    public static Address broadcast() {
        return BROADCAST;
    }

    /** Every session of this user. */
    public static Address user(String id) {
        return of("user:", id);
    }

    /** Every session with this role. */
    public static Address role(String role) {
        return of("role:", role);
    }

    /** Every session in this room. */
    public static Address room(String name) {
        return of(ROOM, name);
    }

    private static Address of(String prefix, String name) {
        if (name.isEmpty()) {
            throw wrong(prefix + " names nobody");
        }
        if (name.length() > MOST_CHARACTERS) {
            throw wrong("the name after " + prefix + " has " + name.length() + " characters; it may have "
                    + MOST_CHARACTERS);
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw wrong("the name after " + prefix + " holds a control character");
        }
        return new Address(prefix + name);
    }

    /**
     * Reads what stands on the wire.
     *
     * @throws ChangecastException with {@link ErrorCode#BAD_MESSAGE} when it is no address
     */
    public static Address parse(String text) {
        if (text.equals(BROADCAST.text)) {
            return BROADCAST;
        }
        int colon = text.indexOf(':');
        String name = text.substring(colon + 1);
        return switch (text.substring(0, colon + 1)) {
            case "user:" -> user(name);
            case "role:" -> role(name);
            case "room:" -> room(name);
            default ->
                throw wrong("'" + (text.length() > 60 ? text.substring(0, 60) + "…" : text)
                        + "' is no address; there are broadcast, user:<id>, role:<role> and room:<name>");
        };
    }

    /** Whether this text is an address. */
    public static boolean isOne(String text) {
        if (text.equals(BROADCAST.text)) {
            return true;
        }
        int name = text.indexOf(':') + 1;
        return name > 1
                && switch (text.substring(0, name)) {
                    case "user:", "role:", "room:" -> true;
                    default -> false;
                }
                && text.length() > name
                && text.length() - name <= MOST_CHARACTERS
                && text.chars().noneMatch(Character::isISOControl);
    }

    private static ChangecastException wrong(String why) {
        return new ChangecastException(ErrorCode.BAD_MESSAGE, why);
    }

    /** Whether an address, as it stands on the wire, is a room's. */
    public static boolean isRoom(String text) {
        return text.startsWith(ROOM);
    }

    /** The addresses of a session, as they stand on the wire, but for those of the rooms that it is in. */
    public static Set<String> of(Identity identity) {
        Set<String> addresses = new LinkedHashSet<>();
        addresses.add(BROADCAST.text);
        if (identity.user() != null) {
            addresses.add("user:" + identity.user());
            identity.roles().forEach(role -> addresses.add("role:" + role));
        }
        return addresses;
    }

    @Override
    public String toString() {
        return text;
    }
}
