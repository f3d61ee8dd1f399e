package dev.changecast.core.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.core.Identity;
import dev.changecast.core.Room;
import dev.changecast.core.Route.Readers;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may join and send: the most specific pattern decides, and nothing is allowed that none allows. */
class RoomRulesTest {
    private static final Map<String, Identity> IDENTITIES = Map.of(
            "nobody", Identity.anonymous(),
            "clerk", Identity.of("7", "clerk"),
            "editor", Identity.of("42", "editor"),
            "admin", new Identity("1", Set.of("admin"), Map.of("tenant", "a", "empty", "")),
            "star", Identity.of("*", "clerk"));

    private final RoomRules rules = new RoomRules(List.of(
            Room.pattern("admin").roles("admin"),
            Room.pattern("lobby").join(Readers.EVERYONE).send(Readers.AUTHENTICATED),
            Room.pattern("doc:*").join(Readers.AUTHENTICATED).send(Readers.roles("editor")),
            Room.pattern("doc:secret*").join(Readers.users("42")),
            Room.pattern("doc:secret").join(Readers.users("1")).send(Readers.users("1")),
            Room.pattern("user:{user}").join(Readers.AUTHENTICATED),
            Room.pattern("user:*").send(Readers.roles("admin")),
            Room.pattern("tenant:{claims.tenant}:*").join(Readers.AUTHENTICATED),
            Room.pattern("none:{claims.empty}:x").join(Readers.EVERYONE),
            Room.pattern("closed:*")));

    @ParameterizedTest
    @CsvSource({
        "admin, admin, join send",
        "admin, clerk, ''",
        "admin, nobody, ''",
        "lobby, nobody, join",
        "lobby, clerk, join send",
        "lobbyx, admin, ''",
        "doc:1, nobody, ''",
        "doc:1, clerk, join",
        "doc:1, editor, join send",
        "doc:, editor, join send",
        // The more specific takes away what the other gives.
        "doc:secret-7, clerk, ''",
        "doc:secret-7, editor, join",
        "doc:secret, editor, ''",
        "doc:secret, admin, join send",
        "user:7, clerk, join",
        "user:7, editor, ''",
        "user:7, nobody, ''",
        // Of one's own room the one with the name decides, of others the one with the star.
        "user:7, admin, send",
        "user:1, admin, join",
        "user:*, star, join",
        "user:7, star, ''",
        "tenant:a:x, admin, join",
        "tenant:b:x, admin, ''",
        "tenant:a:x, clerk, ''",
        "tenant::x, clerk, ''",
        "none::x, admin, ''",
        "closed:x, admin, ''",
        "other, admin, ''"
    })
    void theMostSpecificPatternDecides(String room, String who, String may) {
        Identity identity = IDENTITIES.get(who);
        assertThat(rules.mayJoin(identity, room)).isEqualTo(may.contains("join"));
        assertThat(rules.maySend(identity, room)).isEqualTo(may.contains("send"));
    }

    @Test
    void withoutARuleNobodyMayAnything() {
        RoomRules none = new RoomRules(List.of());
        assertThat(none.mayJoin(IDENTITIES.get("admin"), "admin")).isFalse();
        assertThat(none.maySend(IDENTITIES.get("admin"), "admin")).isFalse();
    }

    @Test
    void aStarStandsForAnyRunOfCharactersHoweverMany() {
        RoomPattern pattern = RoomPattern.of("a*b*c");
        for (String room : List.of("abc", "aabbcc", "a:b:c", "axbxbxc")) {
            assertThat(pattern.matches(room, Identity.anonymous())).as(room).isTrue();
        }
        for (String room : List.of("ac", "abcd", "xabc", "acb")) {
            assertThat(pattern.matches(room, Identity.anonymous())).as(room).isFalse();
        }
        // Nobody makes the server try all ways.
        assertThat(RoomPattern.of("*a*a*a*a*a*a*a*a*a*a*a*a*b").matches("a".repeat(128), Identity.anonymous()))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " a", "a{b}", "a{", "a}", "{claims.}", "a\nb", "{user"})
    void aPatternThatNamesNothingIsRefused(String pattern) {
        assertThatThrownBy(() -> Room.pattern(pattern)).isInstanceOf(ChangecastException.class);
    }

    @Test
    void oneRoomIsNotRuledTwice() {
        assertThatThrownBy(() -> new RoomRules(List.of(Room.pattern("a"), Room.pattern("a"))))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("two rooms with the pattern 'a'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "doc:1", "Büro 3. Stock", "a/b@c", "日本"})
    void namesThatCanBeSeenAreGood(String name) {
        assertThat(RoomName.isOne(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a ", "a*", "{user}", "a\u200bb", "a\u202eb", "a\tb", "\ud800"})
    void othersAreNot(String name) {
        assertThat(RoomName.isOne(name)).isFalse();
        assertThat(RoomName.isOne("a".repeat(129))).isFalse();
    }
}
