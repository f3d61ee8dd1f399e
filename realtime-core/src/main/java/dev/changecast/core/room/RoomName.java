package dev.changecast.core.room;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;

/** What rooms can be called. */
public final class RoomName {
    private static final int MOST_CHARACTERS = 128;

    private RoomName() {}

    /** Throws {@link ErrorCode#BAD_MESSAGE} with what would be right. */
    public static void check(String name) {
        if (!isOne(name)) {
            throw new ChangecastException(
                    ErrorCode.BAD_MESSAGE,
                    "a room's name has 1 to " + MOST_CHARACTERS + " characters that can be seen, with blanks only"
                            + " between them, and none of * { }; this one has " + name.length());
        }
    }

    /** Whether it can be a room's name. */
    public static boolean isOne(String name) {
        return !name.isEmpty()
                && name.length() <= MOST_CHARACTERS
                && name.equals(name.strip())
                && name.codePoints().allMatch(RoomName::isGood);
    }

    /** What cannot be seen could make two names look like one. */
    private static boolean isGood(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE -> false;
            default -> character != '*' && character != '{' && character != '}';
        };
    }
}
