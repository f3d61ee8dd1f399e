package dev.changecast.ingress.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.changecast.redis.testing.RealRedis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of Redis servers, and that their passwords stay with them. */
class RedisServerTest {
    @ParameterizedTest
    @CsvSource({
        "redis://localhost,redis://localhost:6379",
        "redis://localhost:7000/3,redis://localhost:7000",
        "rediss://redis.example.com/,rediss://redis.example.com:6379",
        "redis://[::1]:7000,redis://[::1]:7000",
        "redis://:hidden-one@localhost,redis://localhost:6379",
        "redis://ada:hidden-one@localhost,redis://localhost:6379"
    })
    void anAddressIsShownWithoutItsLogin(String url, String shown) {
        assertThat(RedisServer.of(url)).hasToString(shown);
        assertThat(RedisServer.of(url).hasLogin()).isEqualTo(url.contains("@"));
        assertThat(RedisServer.of(url).login("ada", "hidden-one")).hasToString(shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost:6379",
                "http://:hidden@localhost",
                "redis://",
                "redis://:hidden @localhost",
                "redis://:hidden@local_host",
                "redis://localhost/name",
                "redis://localhost?password=hidden",
                "redis://localhost#hidden"
            })
    void anythingElseIsRefusedWithoutBeingShown(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RedisServer.of(url))
                .withMessageContaining("redis://host:6379")
                .withMessageNotContaining("hidden");
    }

    @Test
    void whereNobodyListensIsTold() {
        RedisServer nobody = RedisServer.of("redis://:hidden@127.0.0.1:" + RealRedis.freePort());
        assertThat(nobody.check().orElseThrow())
                .startsWith("cannot use Redis at redis://127.0.0.1:")
                .contains("refused")
                .doesNotContain("hidden");
    }
}
