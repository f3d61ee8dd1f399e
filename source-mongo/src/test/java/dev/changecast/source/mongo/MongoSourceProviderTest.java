package dev.changecast.source.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.ChangeSourceProvider;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MongoSourceProviderTest {
    private static ChangeSource create(Map<String, ?> changed) {
        Map<String, Object> values = new HashMap<>(Map.of(
                "url",
                "mongodb://anna:hidden1@db1.example.com,db2.example.com:27018/app?replicaSet=rs0",
                "bigint",
                "number"));
        values.putAll(changed);
        MongoSourceProvider provider = new MongoSourceProvider();
        return provider.create("mongo", new SettingValues(provider.settings(), values));
    }

    @Test
    void itIsFoundByServiceLoader() {
        assertThat(ServiceLoader.load(ChangeSourceProvider.class).stream()
                        .map(found -> found.get().type()))
                .contains("mongodb");
    }

    @Test
    void secretsAreNotShownAndAllOfTheUrlsDatabaseIsMeant() {
        try (ChangeSource source = create(Map.of())) {
            assertThat(source.toString())
                    .contains("db1.example.com,db2.example.com:27018", "app.*")
                    .doesNotContain("hidden");
        }
    }

    @Test
    void namesOfServersAreNotLookedUpBeforeTheyAreNeeded() {
        try (ChangeSource source =
                create(Map.of("url", "mongodb+srv://nowhere.invalid/app", "user", "anna", "password", "x"))) {
            assertThat(source.toString()).contains("nowhere.invalid");
        }
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        assertThatThrownBy(() ->
                        create(Map.of("collections", List.of("users"), "fields", List.of("app.users.email text"))))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("database.collection, with * as wildcard")
                .hasMessageContaining("type is one of string, number");
        assertThatThrownBy(() -> create(
                        Map.of("user", "anna", "password", "hidden2", "fields", List.of("other.users.email string"))))
                .hasMessageContaining("the user stands in url already")
                .hasMessageContaining("other.users, which is none of collections [app.*]")
                .hasMessageNotContaining("hidden");
        assertThatThrownBy(() -> create(Map.of("url", "mongodb://db/", "password", "hidden3")))
                .hasMessageContaining("password is given without user")
                .hasMessageContaining("collections is needed")
                .hasMessageNotContaining("hidden");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgres://anna:hidden@db/app",
                "mongodb://anna:hid/den@db/app",
                "mongodb://anna:hid@den@db/app",
                "mongodb://anna:hidden@db:port/app",
                "mongodb://anna:hidden%@db/app"
            })
    void aUrlThatIsNoneIsRefusedWithoutBeingShown(String url) {
        assertThatThrownBy(() -> create(Map.of("url", url)))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("mongodb://host1:27017")
                .hasMessageContaining("percent-encoded")
                .hasMessageNotContaining("hid");
    }

    @Test
    void theUserBesideTheUrlIsEncodedIntoIt() {
        MongoOptions options = new MongoOptions(
                "m", "mongodb://db/app", "a@b", "p:/ %", List.of(CollectionPattern.parse("app.*")), List.of(), false);
        assertThat(options.connectionString()).isEqualTo("mongodb://a%40b:p%3A%2F%20%25@db/app");
    }

    @Test
    void oneDatabaseIsAStreamOfItAndSeveralAreOneOfTheCluster() {
        assertThat(databaseOf("app.users", "app.order*")).isEqualTo("app");
        assertThat(databaseOf("app.users", "shop.orders")).isNull();
        assertThat(databaseOf("app*.users")).isNull();
    }

    private static @Nullable String databaseOf(String... patterns) {
        return new MongoOptions(
                        "m",
                        "mongodb://db/",
                        null,
                        null,
                        List.of(patterns).stream().map(CollectionPattern::parse).toList(),
                        List.of(),
                        false)
                .onlyDatabase();
    }
}
