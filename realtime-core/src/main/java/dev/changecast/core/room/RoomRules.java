package dev.changecast.core.room;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Identity;
import dev.changecast.core.Room;
import dev.changecast.core.Route.Readers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who may join which rooms, and send to them: what the most specific pattern says. Immutable. */
public final class RoomRules {
    private record Rule(RoomPattern pattern, Room room) {}

    private final List<Rule> rules = new ArrayList<>();

    /** @throws ChangecastException with {@link ErrorCode#BAD_CONFIGURATION} when two have the same pattern */
    public RoomRules(List<Room> rooms) {
        Set<String> patterns = new HashSet<>();
        for (Room room : rooms) {
            if (!patterns.add(room.pattern())) {
                throw new ChangecastException(
                        ErrorCode.BAD_CONFIGURATION, "there are two rooms with the pattern '" + room.pattern() + "'");
            }
            rules.add(new Rule(RoomPattern.of(room.pattern()), room));
        }
        rules.sort(Comparator.comparing(Rule::pattern, RoomPattern.MOST_SPECIFIC));
    }

    public boolean mayJoin(Identity identity, String room) {
        return of(identity, room)
                .map(Room::join)
                .filter(readers -> readers.allow(identity))
                .isPresent();
    }

    public boolean maySend(Identity identity, String room) {
        return of(identity, room)
                .map(Room::send)
                .filter(readers -> readers.allow(identity))
                .isPresent();
    }

    private Optional<Room> of(Identity identity, String name) {
        return rules.stream()
                .filter(rule -> rule.pattern.matches(name, identity))
                .map(Rule::room)
                .findFirst();
    }

    /** Whether somebody is among those who are allowed something, if anybody is. */
    public static boolean allow(@Nullable Readers readers, Identity identity) {
        return readers != null && readers.allow(identity);
    }
}
