package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.ChangeSourceProvider;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PostgresSourceProviderTest {
    private static ChangeSource create(Map<String, ?> changed) {
        Map<String, Object> values = new HashMap<>(Map.of(
                "url", "jdbc:postgresql://db.example.com:5433/app?password=hidden1",
                "user", "anna",
                "password", "hidden2",
                "tables", List.of("public.*"),
                "slot", "changecast",
                "publication", "changecast",
                "bigint", "number",
                "heartbeat", Duration.ofSeconds(10)));
        values.putAll(
                Map.of("create", true, "temporary", false, "failover", false, "pool_size", 4L, "messages", false));
        values.putAll(Map.of("mode", "logical", "poll", Duration.ofMillis(50), "keep", Duration.ofHours(24)));
        values.putAll(Map.of("wal_budget", 1L << 30, "over_wal_budget", "warn"));
        values.putAll(changed);
        PostgresSourceProvider provider = new PostgresSourceProvider();
        return provider.create("pg", new SettingValues(provider.settings(), values));
    }

    @Test
    void itIsFoundByServiceLoader() {
        assertThat(ServiceLoader.load(ChangeSourceProvider.class).stream()
                        .map(found -> found.get().type()))
                .contains("postgres");
    }

    @Test
    void secretsAreNotShown() {
        try (ChangeSource source = create(Map.of())) {
            assertThat(source.toString())
                    .contains("anna@db.example.com:5433/app")
                    .doesNotContain("hidden");
        }
    }

    @Test
    void triggersHaveNoSlotAndBoundsOfTheirOwn() {
        try (ChangeSource source = create(Map.of("mode", "trigger"))) {
            assertThat(source.toString()).contains("by triggers, reader changecast");
            assertThat(source.preparation()).isPresent();
        }
        assertThat(create(Map.of()).preparation()).isEmpty();
        assertThatThrownBy(() -> create(Map.of(
                        "mode", "trigger", "temporary", true, "poll", Duration.ZERO, "keep", Duration.ofSeconds(1))))
                .hasMessageContaining("temporary and failover are about replication slots")
                .hasMessageContaining("poll is between 10ms and 10s")
                .hasMessageContaining("keep is between 1m and 365d");
    }

    @Test
    void aSlotCanBeGivenUpOnlyWhereItCanBeMadeAnew() {
        assertThatThrownBy(() -> create(Map.of("over_wal_budget", "release", "create", false, "wal_budget", 1024L)))
                .hasMessageContaining("release makes the slot anew, so it needs create: true")
                .hasMessageContaining("wal_budget is 16MiB or more");
        create(Map.of("over_wal_budget", "release", "wal_budget", 16L * 1024 * 1024))
                .close();
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        assertThatThrownBy(() -> create(Map.of(
                        "url",
                        "postgres://anna:hidden3@db/app",
                        "slot",
                        "Bad-Slot; DROP",
                        "publication",
                        "a\"b",
                        "tables",
                        List.of(),
                        "heartbeat",
                        Duration.ofMillis(1),
                        "pool_size",
                        0L)))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("jdbc:postgresql://")
                .hasMessageContaining("slot is 1 to 63")
                .hasMessageContaining("publication is 1 to 63")
                .hasMessageContaining("tables names no table")
                .hasMessageContaining("heartbeat is between")
                .hasMessageContaining("pool_size is between")
                .hasMessageNotContaining("hidden");
    }

    @Test
    void aTableWithoutSchemaIsRefusedWithExamples() {
        assertThatThrownBy(() -> create(Map.of("tables", List.of("users"))))
                .hasMessageContaining("schema.table")
                .hasMessageContaining("not: users");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "public.*, public, anything, true",
                "public.*, public2, anything, false",
                "*.*, any, thing, true",
                "public.user*, public, users, true",
                "public.user*, public, a_user, false",
                "public.*_log, public, audit_log, true",
                "`\"My.Schema\".*`, My.Schema, t, true",
                "`\"a*\".b`, a*, b, true",
                "`\"a*\".b`, ab, b, false",
                "`s.\"say \"\"x\"\"\"`, s, `say \"x\"`, true",
                "Größe.Tür, Größe, Tür, true",
                "public.Users, public, users, false"
            })
    void patternsMatchNamesAsTheCatalogSpellsThem(String pattern, String schema, String table, boolean matches) {
        assertThat(TablePattern.parse(pattern).matches(schema, table)).isEqualTo(matches);
    }
}
