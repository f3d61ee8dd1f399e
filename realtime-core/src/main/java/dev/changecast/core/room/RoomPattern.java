package dev.changecast.core.room;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Identity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A pattern of room names: text, {@code *}, and what stands for something of who asks. Immutable. */
public final class RoomPattern {
    private static final String USER = "user";
    private static final String CLAIM = "claims.";

    /** The more specific first. */
    static final Comparator<RoomPattern> MOST_SPECIFIC = Comparator.comparing(RoomPattern::hasStar)
            .thenComparing(RoomPattern::hasNames)
            .thenComparing(RoomPattern::characters, Comparator.reverseOrder());

    private enum Kind {
        TEXT,
        STAR,
        NAME
    }

    private record Part(Kind kind, String text) {}

    private final List<Part> parts;

    private RoomPattern(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    /** @throws ChangecastException with {@link ErrorCode#BAD_CONFIGURATION} and what is wrong */
    public static RoomPattern of(String text) {
        List<Part> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '*' || c == '{' || c == '}') {
                if (i > from) {
                    parts.add(new Part(Kind.TEXT, text.substring(from, i)));
                }
                int end = c == '*' ? i : text.indexOf('}', i);
                if (c == '*') {
                    parts.add(new Part(Kind.STAR, ""));
                } else if (c == '{' && isKnown(text.substring(i + 1, Math.max(end, i + 1)))) {
                    parts.add(new Part(Kind.NAME, text.substring(i + 1, end)));
                } else {
                    throw bad("'" + text
                            + "': in braces stands {user} or {claims.name}, and a room's name has no braces");
                }
                i = end;
                from = end + 1;
            }
        }
        if (from < text.length()) {
            parts.add(new Part(Kind.TEXT, text.substring(from)));
        }
        String sample = text.replace('*', 'x').replace('{', 'x').replace('}', 'x');
        if (!RoomName.isOne(sample)) {
            throw bad(
                    "'" + text + "' names no rooms: 1 to 128 characters that can be seen, with * for any run of them");
        }
        return new RoomPattern(parts);
    }

    private static boolean isKnown(String name) {
        return name.equals(USER) || name.startsWith(CLAIM) && name.length() > CLAIM.length();
    }

    private static ChangecastException bad(String why) {
        return new ChangecastException(ErrorCode.BAD_CONFIGURATION, why);
    }

    private boolean hasStar() {
        return parts.stream().anyMatch(part -> part.kind == Kind.STAR);
    }

    private boolean hasNames() {
        return parts.stream().anyMatch(part -> part.kind == Kind.NAME);
    }

    /** How many characters it has of its own. */
    private int characters() {
        return parts.stream()
                .filter(part -> part.kind == Kind.TEXT)
                .mapToInt(part -> part.text.length())
                .sum();
    }

    /** Whether it names this room for somebody. */
    boolean matches(String room, Identity identity) {
        return matches(room, 0, 0, identity, new boolean[parts.size() + 1][room.length() + 1]);
    }

    /** @param tried from which parts and places no way leads to the end, so that none is tried twice */
    private boolean matches(String room, int part, int at, Identity identity, boolean[][] tried) {
        if (part == parts.size()) {
            return at == room.length();
        }
        if (tried[part][at]) {
            return false;
        }
        tried[part][at] = true;
        Part next = parts.get(part);
        if (next.kind == Kind.STAR) {
            for (int end = room.length(); end >= at; end--) {
                if (matches(room, part + 1, end, identity, tried)) {
                    return true;
                }
            }
            return false;
        }
        String own = next.kind == Kind.TEXT ? next.text : value(next.text, identity);
        return own != null && room.startsWith(own, at) && matches(room, part + 1, at + own.length(), identity, tried);
    }

    /** Nobody has an empty value: it would make the pattern say something else. */
    private static @Nullable String value(String name, Identity identity) {
        String value = name.equals(USER) ? identity.user() : identity.claims().get(name.substring(CLAIM.length()));
        return value == null || value.isEmpty() ? null : value;
    }
}
