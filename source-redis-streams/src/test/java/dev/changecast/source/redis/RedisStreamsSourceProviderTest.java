package dev.changecast.source.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.ChangeSourceProvider;
import dev.changecast.api.source.Replay;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class RedisStreamsSourceProviderTest {
    private final ChangeSourceProvider provider = new RedisStreamsSourceProvider();

    /** The fallbacks, as the configuration fills them in, and these. */
    private ChangeSource create(Map<String, ?> given) {
        Map<String, Object> values = new HashMap<>(Map.of(
                "url",
                "redis://127.0.0.1:1",
                "streams",
                List.of("feed:stream"),
                "mode",
                "fan_out",
                "columns",
                List.of("user_id", "type", "payload json"),
                "key",
                List.of("id"),
                "entry_bytes",
                1L << 20,
                "from",
                "beginning",
                "group",
                "changecast",
                "claim_after",
                Duration.ofSeconds(30)));
        values.putAll(Map.of(
                "tries",
                3L,
                "keep",
                0L,
                "batch",
                100L,
                "heartbeat",
                Duration.ofSeconds(10),
                "timeout",
                Duration.ofSeconds(5)));
        values.putAll(given);
        return provider.create("feed", new SettingValues(provider.settings(), values));
    }

    private void assertRefused(String why, Map<String, ?> given) {
        assertThatThrownBy(() -> create(given))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining(why)
                .satisfies(e -> assertThat(((ChangecastException) e).code()).isEqualTo(ErrorCode.BAD_CONFIGURATION));
    }

    @Test
    void itIsFound() {
        assertThat(ServiceLoader.load(ChangeSourceProvider.class))
                .anyMatch(found -> found.type().equals("redis-streams"));
    }

    @Test
    void howItReplaysFollowsFromWhatItReads() {
        assertThat(create(Map.of()).replay()).isEqualTo(Replay.FROM_POSITION);
        assertThat(create(Map.of("streams", List.of("a", "b"))).replay()).isEqualTo(Replay.REDELIVERY);
        assertThat(create(Map.of("mode", "work_queue")).replay()).isEqualTo(Replay.REDELIVERY);
    }

    @Test
    void whatItIsCanBeShown() {
        String shown = create(Map.of(
                        "url", "redis://anna:s3cret@redis.example:6380/2", "mode", "work_queue", "consumer", "host-1"))
                .toString();
        assertThat(shown)
                .contains("feed:stream", "redis://redis.example:6380", "group changecast, consumer host-1")
                .doesNotContain("s3cret", "anna");
        assertThat(create(Map.of("password", "s3cret")).toString()).doesNotContain("s3cret");
    }

    @Test
    void whatCannotBeIsRefusedWithWhatWouldBeRight() {
        assertRefused("write redis://host:6379", Map.of("url", "http://redis"));
        assertRefused("names no host", Map.of("url", "redis:///1"));
        assertRefused("nodes lists host:port", Map.of("nodes", List.of("a b")));
        assertRefused("login stands in the url too", Map.of("url", "redis://a:b@redis", "password", "c"));
        assertRefused("a user has a password", Map.of("user", "anna"));
        assertRefused("streams names no stream", Map.of("streams", List.of()));
        assertRefused("streams has a name twice", Map.of("streams", List.of("a", "a")));
        assertRefused("without spaces", Map.of("streams", List.of("a b")));
        assertRefused("the types are text, integer", Map.of("columns", List.of("a number")));
        assertRefused("two with the name a", Map.of("columns", List.of("a", "b.a")));
        assertRefused("the entry's own id", Map.of("columns", List.of("id")));
        assertRefused("key names x, which is no column", Map.of("key", List.of("x")));
        assertRefused("operation needs a key", Map.of("operation", "op"));
        assertRefused("belong together", Map.of("collection_field", "kind"));
        assertRefused("entry_bytes is 1KiB to 16MiB, not 5", Map.of("entry_bytes", 5L));
        assertRefused("batch is 1 to 10000, not 0", Map.of("batch", 0L));
        assertRefused("heartbeat is between", Map.of("heartbeat", Duration.ofMillis(1)));
        assertRefused("timeout is between", Map.of("timeout", Duration.ofHours(1)));
        assertRefused("belong to mode: work_queue", Map.of("keep", 10_000L));
        assertRefused("tries is 1 to 1000, not 0", Map.of("mode", "work_queue", "tries", 0L));
        assertRefused("claim_after is between", Map.of("mode", "work_queue", "claim_after", Duration.ofDays(2)));
        assertRefused("group is 1 to 200", Map.of("mode", "work_queue", "group", ""));
        assertRefused("keep is a number", Map.of("mode", "work_queue", "keep", -1L));
    }

    @Test
    void severalMistakesAreToldAtOnce() {
        assertThatThrownBy(() -> create(Map.of("streams", List.of(), "batch", 0L)))
                .hasMessageContaining("streams names no stream")
                .hasMessageContaining("batch is");
    }

    @Test
    void keysBesideAStreamLieInItsSlot() {
        assertThat(Beside.stream("feed:stream", "dead")).isEqualTo("{feed:stream}:dead");
        assertThat(Beside.stream("{feed}:stream", "dead")).isEqualTo("{feed}:stream:dead");
    }
}
