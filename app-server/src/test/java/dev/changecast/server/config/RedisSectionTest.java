package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Redis that messages are taken from, as it is configured. */
class RedisSectionTest {
    private static final String PASSWORD = "not-to-be-shown";

    private final ConfigurationFixture fixture = new ConfigurationFixture();

    private static String with(String settings) {
        return "auth: { anonymous: true }\nredis_pubsub: " + settings + "\n";
    }

    @Test
    void thereIsNoneUnlessItIsWritten() {
        assertThat(fixture.valid(ConfigurationFixture.MINIMAL).redisPubSub()).isNull();
    }

    @Test
    void anAddressIsEnoughAndThenNoSourceIsNeeded() {
        Configuration.RedisPubSub redis =
                fixture.valid(with("{ url: \"redis://localhost\" }")).redisPubSub();
        assertThat(redis).isNotNull();
        assertThat(redis.server()).hasToString("redis://localhost:6379");
        assertThat(redis.server().hasLogin()).isFalse();
        assertThat(redis.prefix()).isEqualTo("websocket:");
        assertThat(redis.queueBytes()).isEqualTo(8 << 20);
        assertThat(fixture.warnings()).isEmpty();
    }

    @Test
    void everythingCanBeSaidAndTheLoginIsShownNowhere() {
        fixture.environment.put("REDIS_PASSWORD", PASSWORD);
        Configuration configuration = fixture.valid(with(
                "{ url: \"rediss://redis.example\", user: grace-hopper, password: \"${REDIS_PASSWORD}\", prefix: \"live:\","
                        + " queue_bytes: 1MiB }"));
        assertThat(configuration.redisPubSub().server().hasLogin()).isTrue();
        assertThat(configuration.redisPubSub().prefix()).isEqualTo("live:");
        assertThat(configuration.redisPubSub().queueBytes()).isEqualTo(1 << 20);
        assertThat(configuration.toString())
                .contains("rediss://redis.example:6379")
                .doesNotContain(PASSWORD)
                .doesNotContain("grace-hopper");
    }

    @Test
    void itMayComeFromTheEnvironmentAlone() {
        fixture.environment.put("CHANGECAST_REDIS_PUBSUB_URL", "redis://:" + PASSWORD + "@localhost:7000");
        fixture.environment.put("CHANGECAST_REDIS_PUBSUB_PREFIX", "");
        Configuration configuration = fixture.valid("auth: { anonymous: true }\n");
        assertThat(configuration.redisPubSub().server()).hasToString("redis://localhost:7000");
        assertThat(configuration.redisPubSub().server().hasLogin()).isTrue();
        assertThat(configuration.toString()).doesNotContain(PASSWORD);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "redis|here stands which Redis",
                "{ password: not-to-be-shown }|redis_pubsub.url: this is required",
                "{ url: \"http://not-to-be-shown\" }|redis_pubsub.url: this is no address of a Redis",
                "{ url: \"redis://not-to-be-shown here\" }|redis_pubsub.url: this is no address",
                "{ url: \"redis://a:not-to-be-shown@b\", password: x }|the login stands in the url too",
                "{ url: \"redis://b\", user: x }|redis_pubsub.user: a user has a password",
                "{ url: \"redis://b\", prefix: \"a*\" }|at most 64 letters",
                "{ url: \"redis://b\", queue_bytes: 1KiB }|redis_pubsub.queue_bytes: 1024 is out of bounds",
                "{ url: \"redis://b\", channel: x }|redis_pubsub.channel: there is no such setting",
                "{ url: \"redis://b\", password: [a] }|redis_pubsub.password: here stands one value"
            })
    void whatIsWrongIsTold(String settings, String says) {
        assertThat(fixture.errors(with(settings)))
                .anyMatch(error -> error.contains(says))
                .noneMatch(error -> error.contains(PASSWORD));
    }
}
