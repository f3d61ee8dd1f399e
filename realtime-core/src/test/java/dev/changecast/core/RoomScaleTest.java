package dev.changecast.core;

import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Route.Readers;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Many rooms with many members, that come and go while messages are sent. */
class RoomScaleTest {
    private static final int ROOMS = 1000;
    private static final int SESSIONS = 1000;

    /** In so many rooms is each session, and so a hundred in each room. */
    private static final int EACH = 100;

    /** How many messages each room gets. */
    private static final int ROUNDS = 2;

    private static final Duration LONG = Duration.ofSeconds(60);

    private static int room(int session, int i) {
        return (session + i * 7) % ROOMS;
    }

    @Test
    void aThousandRoomsOfAHundredMembersEachGetWhatIsSentToThem() {
        try (TestEngine engine = TestEngine.start(
                builder -> builder.presence(PresenceSettings.DEFAULT.listed(10).gather(Duration.ofMinutes(1)))
                        .room(Room.pattern("r*").join(Readers.EVERYONE).send(Readers.EVERYONE)))) {
            List<LoopbackClient> clients = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                clients.add(engine.connect("u" + i));
            }
            for (int session = 0; session < SESSIONS; session++) {
                for (int i = 0; i < EACH; i++) {
                    clients.get(session).send(json("{'type':'join_room','room':'r" + room(session, i) + "'}"));
                }
            }
            Eventually.await(
                    "all to be in their rooms",
                    LONG,
                    () -> engine.changecast.presence().rooms(ROOMS).stream()
                                    .mapToInt(Presence.OpenRoom::sessions)
                                    .sum()
                            == SESSIONS * EACH);
            assertThat(engine.changecast.presence().rooms(2 * ROOMS))
                    .hasSize(ROOMS)
                    .allMatch(room -> room.sessions() == EACH);
            // A storm: some leave all their rooms, and some are gone without a word.
            Random random = new Random(1);
            TreeSet<Integer> left = new TreeSet<>();
            for (int i = 0; i < 100; i++) {
                left.add(random.nextInt(SESSIONS));
            }
            for (int session : left) {
                if (session % 2 == 0) {
                    clients.get(session).drop();
                } else {
                    for (int i = 0; i < EACH; i++) {
                        clients.get(session).send(json("{'type':'leave_room','room':'r" + room(session, i) + "'}"));
                    }
                }
            }
            int staying = (SESSIONS - left.size()) * EACH;
            Eventually.await(
                    "those who left to be gone",
                    LONG,
                    () -> engine.changecast.presence().rooms(ROOMS).stream()
                                    .mapToInt(Presence.OpenRoom::sessions)
                                    .sum()
                            == staying);
            for (int number = 0; number < ROUNDS; number++) {
                for (int room = 0; room < ROOMS; room++) {
                    engine.changecast.publish(dev.changecast.core.Message.to(
                            Address.room("r" + room), "note", "{\"n\":" + (number * ROOMS + room) + "}"));
                }
            }
            engine.changecast.publish(dev.changecast.core.Message.to(Address.broadcast(), "end", "{}"));
            long deliveries = 0;
            for (int session = 0; session < SESSIONS; session++) {
                if (left.contains(session) && session % 2 == 0) {
                    continue;
                }
                LoopbackClient client = clients.get(session);
                client.received().await("the end", LONG, message -> message.is("end"));
                TreeSet<Long> expected = new TreeSet<>();
                for (int i = 0; i < EACH * ROUNDS && !left.contains(session); i++) {
                    expected.add((long) (i / EACH * ROOMS + room(session, i % EACH)));
                }
                // Once each, in the order in which they were published, and nothing of other rooms.
                assertThat(client.received().all("note").stream().map(message -> message.number("content.n")))
                        .as("session %d", session)
                        .containsExactlyElementsOf(expected);
                assertThat(client.received().all("presence_diff")).isEmpty();
                deliveries += expected.size();
            }
            assertThat(deliveries).isEqualTo((long) staying * ROUNDS);
        }
    }
}
