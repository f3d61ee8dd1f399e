package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.PresenceSettings;
import dev.changecast.core.Room;
import dev.changecast.core.RoomLimits;
import dev.changecast.core.Route.Readers;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Rooms, presence and chat as they are configured. */
class SocialSectionsTest {
    private final ConfigurationFixture fixture = new ConfigurationFixture();

    @Test
    void whatIsNotWrittenIsDenied() {
        Configuration.Social social =
                fixture.valid(ConfigurationFixture.MINIMAL).social();

        assertThat(social.rooms()).isEmpty();
        assertThat(social.chat()).isNull();
        assertThat(social.presence()).isEqualTo(PresenceSettings.DEFAULT);
        assertThat(social.limits()).isEqualTo(RoomLimits.DEFAULT);
    }

    @Test
    void roomsPresenceAndChatAreReadAndNeedNoSource() {
        Configuration.Social social = fixture.valid("""
                auth: { jwt: { secret: 0123456789-0123456789-0123456789 } }
                limits: { rooms: 5, room_members: 50 }
                rooms:
                  - { room: admin, join: { roles: [admin] }, send: { roles: [admin] } }
                  - { room: "doc:*", join: authenticated, send: { users: ["42"] } }
                  - { room: "user:{user}", join: authenticated }
                presence: { read: { roles: [admin] }, announce: true, grace: 0s, gather: 1s, listed: 10, state_bytes: 2KiB }
                chat: { send: authenticated }
                """).social();

        assertThat(social.rooms())
                .containsExactly(
                        Room.pattern("admin").roles("admin"),
                        Room.pattern("doc:*").join(Readers.AUTHENTICATED).send(Readers.users("42")),
                        Room.pattern("user:{user}").join(Readers.AUTHENTICATED));
        assertThat(social.limits()).isEqualTo(new RoomLimits(5, 50));
        assertThat(social.presence())
                .isEqualTo(new PresenceSettings(
                        Readers.roles("admin"), true, Duration.ZERO, Duration.ofSeconds(1), 10, 2048));
        assertThat(social.chat()).isEqualTo(Readers.AUTHENTICATED);
        assertThat(fixture.warnings()).isEmpty();
    }

    @Test
    void everyMistakeIsToldWhereItStands() {
        assertThat(fixture.errors(ConfigurationFixture.MINIMAL + """
                rooms:
                  - { room: "a{b}", join: everyone }
                  - { room: c, join: anybody }
                  - { room: c, send: everyone }
                  - { join: everyone }
                  - { room: d, jion: everyone }
                  - { room: e, join: }
                  - f
                presence: { grace: 1h, gather: 0ms, listed: -1, reads: everyone }
                chat: { snd: everyone, send: nobody }
                """))
                .containsExactly(
                        "changecast.yaml:7:7: rooms[0].room: 'a{b}': in braces stands {user} or {claims.name}, and a"
                                + " room's name has no braces",
                        "changecast.yaml:8:22: rooms[1].join: 'anybody' is not everyone, authenticated, {roles: [...]} or"
                                + " {users: [...]}",
                        "changecast.yaml:9:7: rooms[2].room: there is another entry for 'c'",
                        "changecast.yaml:10:5: rooms[3].room: this is required: which rooms: a name, with * for any run of"
                                + " characters, and {user} or {claims.name} for one's own.",
                        "changecast.yaml:11:16: rooms[4].jion: there is no such setting; did you mean 'join'?",
                        "changecast.yaml:12:16: rooms[5].join: nothing stands here: write a value, or take the key out",
                        "changecast.yaml:13:5: rooms[6]: here stands a room with 'room', 'join' and 'send', not one value",
                        "changecast.yaml:14:49: presence.reads: there is no such setting; did you mean 'read'?",
                        "changecast.yaml:14:13: presence.grace: 3600000ms is out of bounds: it can be 0s to 10m",
                        "changecast.yaml:14:24: presence.gather: 0ms is out of bounds: it can be 1ms to 1m",
                        "changecast.yaml:14:37: presence.listed: -1 is out of bounds: it can be 0 to 100000",
                        "changecast.yaml:15:9: chat.snd: there is no such setting; did you mean 'send'?",
                        "changecast.yaml:15:30: chat.send: 'nobody' is not everyone, authenticated, {roles: [...]} or"
                                + " {users: [...]}");
    }

    @Test
    void whatLetsNobodyInIsAWarning() {
        fixture.valid(ConfigurationFixture.MINIMAL + """
                rooms:
                  - { room: a, send: everyone }
                presence: { announce: true }
                """);

        assertThat(fixture.warnings())
                .containsExactly(
                        "changecast.yaml:7:5: rooms[0]: nobody may join 'a': it has no 'join'",
                        "changecast.yaml:8:13: presence.announce: nobody is told: there is no 'read'");
    }

    @Test
    void theEnvironmentHoldsThemToo() {
        fixture.environment.put("CHANGECAST_ROOMS", "[{ room: lobby, join: everyone }]");
        fixture.environment.put("CHANGECAST_PRESENCE_GRACE", "7s");
        fixture.environment.put("CHANGECAST_LIMITS_ROOMS", "3");
        Configuration.Social social =
                fixture.valid(ConfigurationFixture.MINIMAL).social();

        assertThat(social.rooms()).containsExactly(Room.pattern("lobby").join(Readers.EVERYONE));
        assertThat(social.presence().grace()).isEqualTo(Duration.ofSeconds(7));
        assertThat(social.limits().perSession()).isEqualTo(3);
        assertThat(fixture.warnings()).isEmpty();
    }
}
