package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Operation;
import dev.changecast.core.History;
import dev.changecast.core.Limits;
import dev.changecast.core.Notifications;
import dev.changecast.core.Push;
import dev.changecast.core.Route;
import dev.changecast.core.filter.FilterLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigurationValuesTest {
    private final ConfigurationFixture fixture = new ConfigurationFixture();

    @Test
    void whatIsNotWrittenHasTheDocumentedDefault() {
        Configuration configuration = fixture.valid(ConfigurationFixture.MINIMAL);

        assertThat(configuration.server())
                .isEqualTo(new Configuration.Server("127.0.0.1", 8080, Duration.ofSeconds(30), true, null));
        assertThat(configuration.limits()).isEqualTo(Limits.DEFAULT);
        assertThat(configuration.portLimits()).isEqualTo(new Configuration.PortLimits(10_000, 10_000));
        assertThat(configuration.history()).isEqualTo(History.in(Path.of("/etc/changecast/data")));
        assertThat(configuration.notifications()).isEqualTo(Notifications.DEFAULT);
        assertThat(fixture.provider.created().values)
                .hasToString("{bigint=number, buffer=1048576, create=true, heartbeat=PT10S, pool_size=4,"
                        + " tables=[public.*], url=db}");
    }

    @Test
    void keysAreReadAndShownNowhere() {
        fixture.environment.put("SECOND", "second-0123456789-0123456789");
        Configuration configuration = fixture.valid(ConfigurationFixture.MINIMAL.replace(
                "true }", "true, api_keys: [first-0123456789-0123456789, \"${SECOND}\"] }"));
        assertThat(configuration.auth().apiKeys().contains("first-0123456789-0123456789"))
                .isTrue();
        assertThat(configuration.auth().apiKeys().contains("second-0123456789-0123456789"))
                .isTrue();
        assertThat(configuration.auth().apiKeys().contains("third-0123456789-0123456789"))
                .isFalse();
        assertThat(configuration.toString()).contains("2 keys").doesNotContain("0123456789");
    }

    @Test
    void aServerThatOnlyPublishesNeedsNoSource() {
        Configuration configuration =
                fixture.valid("auth: { anonymous: true, api_keys: [first-0123456789-0123456789] }");
        assertThat(configuration.sources()).isEmpty();
        assertThat(configuration.routes()).isEmpty();
        assertThat(fixture.warnings()).isEmpty();
    }

    @Test
    void whatProtectsTheServerIsRead() {
        Configuration configuration = fixture.valid(
                ConfigurationFixture.MINIMAL.replace("read: everyone", "read: everyone, conflate: 250ms") + """

                server: { allowed_hosts: [app.example.com], trusted_proxies: [10.0.0.0/8, "fd00::1"] }
                limits:
                  per_user_policy: replace_oldest
                  unauthenticated: 6
                  waiting_connections: 7
                  commands_per_second: 8
                  commands_at_once: 9
                  input_bytes_per_second: 10KiB
                  publishes_per_second: 11
                  filter_depth: 2
                  filter_comparisons: 3
                  filter_values: 4
                  filter_bytes: 500
                """);

        assertThat(configuration.server().allowedHosts()).containsExactly("app.example.com");
        assertThat(configuration.limits().perUserPolicy()).isEqualTo(Limits.PerUserPolicy.REPLACE_OLDEST);
        assertThat(configuration.limits().unauthenticated()).isEqualTo(6);
        assertThat(configuration.limits().commands()).isEqualTo(new Limits.Rate(8, 9));
        assertThat(configuration.limits().inputBytesPerSecond()).isEqualTo(10 * 1024);
        assertThat(configuration.limits().filters()).isEqualTo(new FilterLimits(2, 3, 4, 500));
        assertThat(configuration.portLimits()).isEqualTo(new Configuration.PortLimits(7, 11));
        assertThat(configuration.routes().get(0).conflate()).isEqualTo(Duration.ofMillis(250));
    }

    @Test
    void everySectionIsRead() {
        Configuration configuration = fixture.valid("""
                server: { host: 0.0.0.0, port: 0, allowed_origins: ["https://a.example", "http://b.example:81"], ready_within: 1m }
                auth: { anonymous: true }
                limits: { connections: 7, queue_bytes: 64KiB, heartbeat: 5s }
                history: { directory: none, bytes: 2MiB, age: 7d, memory: 1MiB }
                notifications: { per_user: 7, keep: 1h, total: 1000, bytes: 3MiB }
                sources:
                  pg:
                    type: fake
                    url: db
                    tables: [public.a, public.b]
                    heartbeat: 250ms
                    bigint: string
                routes:
                  - from: pg/public.users
                    collection: people
                    event: { insert: person_came, delete: person_left }
                    read: { roles: [admin, hr], users: ["42"] }
                    hide: [password_hash]
                    columns: [id, name, tenant]
                    rows: { tenant: "{claims.tenant}", gone: null, level: { $in: [1, null] }, done: { $null: false }, unit: { $in: "{claims.units}" } }
                    push: ["role:admin", { to: "user:{row.id}", when: { level: 1 }, priority: low }]
                    old: true
                """);

        assertThat(configuration.server().host()).isEqualTo("0.0.0.0");
        assertThat(configuration.server().readyWithin()).isEqualTo(Duration.ofMinutes(1));
        assertThat(configuration.limits().connections()).isEqualTo(7);
        assertThat(configuration.limits().heartbeatMillis()).isEqualTo(5000);
        assertThat(configuration.limits().allowedOrigins())
                .containsExactlyInAnyOrder("https://a.example", "http://b.example:81");
        assertThat(configuration.history())
                .as("a log in memory is as large as its memory")
                .isEqualTo(new History(null, 1 << 20, Duration.ofDays(7), 1 << 20));
        assertThat(configuration.notifications()).isEqualTo(new Notifications(7, Duration.ofHours(1), 1000, 3 << 20));
        assertThat(fixture.provider.created().values)
                .hasToString("{bigint=string, buffer=1048576, create=true, heartbeat=PT0.25S, pool_size=4,"
                        + " tables=[public.a, public.b], url=db}");
        Route route = configuration.routes().get(0);
        assertThat(route.collection()).isEqualTo("people");
        assertThat(route.events()).isEqualTo(Map.of(Operation.INSERT, "person_came", Operation.DELETE, "person_left"));
        assertThat(route.read()).isNotNull();
        assertThat(route.read().roles()).containsExactlyInAnyOrder("admin", "hr");
        assertThat(route.read().users()).containsExactly("42");
        assertThat(route.hide()).containsExactly("password_hash");
        assertThat(route.columns()).containsExactlyInAnyOrder("id", "name", "tenant");
        assertThat(route.rows())
                .isEqualTo(
                        "{\"tenant\":\"{claims.tenant}\",\"level\":{\"$in\":[\"1\",null]},\"done\":{\"$null\":false},"
                                + "\"unit\":{\"$in\":\"{claims.units}\"},\"gone\":null}");
        assertThat(route.push())
                .containsExactly(
                        Push.to("role:admin"),
                        Push.to("user:{row.id}").when("{\"level\":\"1\"}").priority(Push.Priority.LOW));
        assertThat(route.old()).isTrue();
    }
}
