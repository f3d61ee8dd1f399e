package dev.changecast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages on their way to Redis' channels. */
class RedisClientTest {
    private final List<String> published = new ArrayList<>();

    /** What becomes of the next tries; after the last, one server gets each. */
    private final Deque<Object> outcomes = new ArrayDeque<>();

    private final ChangecastClient client = ChangecastClient.redis(this::publish)
            .prefix("live:")
            .giveUpAfter(Duration.ofSeconds(30))
            .build();

    private synchronized long publish(String channel, String message) throws IOException {
        published.add(channel + " " + message);
        Object outcome = outcomes.poll();
        if (outcome instanceof IOException failure) {
            throw failure;
        }
        return outcome == null ? 1 : (int) outcome;
    }

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void theAddressIsTheChannelAndTheRestTheMessage() {
        assertThat(client.publish(Message.to("user:42", "notification", Map.of("title", "Hi"))
                        .id("a")))
                .isEqualTo(new Receipt("a", null, false));
        client.publish(Message.to("broadcast", "x", 1).id("b").asEphemeral());
        client.publish(Message.to("room:a:b", "x", 1).id("c"));
        client.publish(Message.to("user:42", "notification", 1)
                .id("d")
                .priority(Priority.LOW)
                .ttl(Duration.ofHours(1)));
        assertThat(published)
                .containsExactly(
                        "live:user:42 {\"type\":\"notification\",\"id\":\"a\",\"content\":{\"title\":\"Hi\"}}",
                        "live:broadcast {\"type\":\"x\",\"id\":\"b\",\"ephemeral\":true,\"content\":1}",
                        "live:room:a:b {\"type\":\"x\",\"id\":\"c\",\"content\":1}",
                        "live:user:42 {\"type\":\"notification\",\"id\":\"d\",\"priority\":\"low\",\"ttl_s\":3600,"
                                + "\"content\":1}");
    }

    @Test
    void whatNoServerHeardAndWhatFailedIsTriedAgainWithTheSameId() {
        outcomes.addAll(List.of(0, new IOException("gone"), 0));
        client.publish(Message.to("broadcast", "x", 1));
        assertThat(published).hasSize(4).allMatch(each -> each.equals(published.get(0)));
    }

    @Test
    void nobodyThereIsToldInTheEnd() {
        try (ChangecastClient impatient = ChangecastClient.redis((channel, message) -> 0)
                .giveUpAfter(Duration.ofMillis(300))
                .build()) {
            PublishException why = catchThrowableOfType(PublishException.class, () -> impatient.broadcast("Hi"));
            assertThat(why).hasMessageContaining("no server is subscribed to websocket:broadcast");
            assertThat(why.maybePublished()).isFalse();
        }
    }

    @Test
    void aMessageForSeveralIsRefused() {
        PublishException why = catchThrowableOfType(
                PublishException.class, () -> client.publish(Message.to(List.of("user:1", "user:2"), "x", 1)));
        assertThat(why).hasMessageContaining("one address, not 2");
        assertThat(published).isEmpty();
    }
}
