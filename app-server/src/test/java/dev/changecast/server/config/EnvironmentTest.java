package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EnvironmentTest {
    private static final String SECRET = "hunter2-S3cr3t";

    private final ConfigurationFixture fixture = new ConfigurationFixture();

    @Test
    void aVariableOverridesTheFile() {
        fixture.environment.put("CHANGECAST_SERVER_PORT", "9000");
        fixture.environment.put("CHANGECAST_SERVER_ALLOWED_ORIGINS", "https://a.example, https://b.example");
        fixture.environment.put("CHANGECAST_LIMITS_QUEUE_BYTES", "2MiB");
        fixture.environment.put("CHANGECAST_SOURCES_PG_URL", "elsewhere");
        fixture.environment.put("CHANGECAST_SOURCES_PG_TABLES", "[a, b]");

        Configuration configuration = fixture.valid(ConfigurationFixture.MINIMAL + "server: { port: 8081 }\n");

        assertThat(configuration.server().port()).isEqualTo(9000);
        assertThat(configuration.limits().allowedOrigins())
                .containsExactlyInAnyOrder("https://a.example", "https://b.example");
        assertThat(configuration.limits().queueBytes()).isEqualTo(2 << 20);
        assertThat(fixture.provider.created().values.text("url")).isEqualTo("elsewhere");
        assertThat(fixture.provider.created().values.texts("tables")).containsExactly("a", "b");
        assertThat(fixture.warnings()).isEmpty();
    }

    @Test
    void theWholeConfigurationCanComeFromVariables() {
        fixture.environment.put("CHANGECAST_AUTH_ANONYMOUS", "true");
        fixture.environment.put("CHANGECAST_SOURCES_MAIN_DB_TYPE", "fake");
        fixture.environment.put("CHANGECAST_SOURCES_MAIN_DB_URL", "db");
        fixture.environment.put("CHANGECAST_ROUTES", "[{ from: main_db/public.users, read: everyone }]");

        Configuration configuration = fixture.valid("");

        assertThat(configuration.sources()).singleElement().hasToString("main_db (fake)");
        assertThat(configuration.routes()).singleElement().extracting("from").isEqualTo("main_db/public.users");
    }

    @Test
    void aWrongVariableIsNamedAndItsContentIsNotShown() {
        fixture.environment.put("CHANGECAST_SERVER_PORT", SECRET);
        fixture.environment.put("CHANGECAST_SOURCES_PG_BIGINT", SECRET);

        assertThat(fixture.errors(ConfigurationFixture.MINIMAL))
                .containsExactly(
                        "CHANGECAST_SERVER_PORT: server.port: the content of this variable is not a whole number",
                        "CHANGECAST_SOURCES_PG_BIGINT: sources.pg.bigint: the content of this variable is not one of"
                                + " number, string");
    }

    @Test
    void aVariableThatMeansNothingIsAWarning() {
        fixture.environment.put("CHANGECAST_SERVER_PROT", "1");
        fixture.environment.put("CHANGECAST_LOG_LEVEL", "debug");

        fixture.valid(ConfigurationFixture.MINIMAL);

        assertThat(fixture.warnings())
                .containsExactly("CHANGECAST_SERVER_PROT: this environment variable means nothing; did you mean"
                        + " 'CHANGECAST_SERVER_PORT'?");
    }

    @Test
    void placeholdersAreFilledInAlsoInsideBraces() {
        fixture.environment.put("DB_PASSWORD", "p'{}#: \" & *x");
        fixture.environment.put("EMPTY", "");

        Configuration configuration = fixture.valid("""
                server: { host: ${HOST:localhost}, port: ${PORT:9001} }
                auth: { anonymous: ${ANONYMOUS:true} }
                sources:
                  pg: { type: fake, url: "jdbc:${NAME:x}/${EMPTY:y}/$${Z}", password: ${DB_PASSWORD} }
                routes: [{ from: pg/public.users, read: everyone }]
                """);

        assertThat(configuration.server().host()).isEqualTo("localhost");
        assertThat(configuration.server().port()).isEqualTo(9001);
        assertThat(fixture.provider.created().values.text("url")).isEqualTo("jdbc:x/y/${Z}");
        assertThat(fixture.provider.created().values.text("password")).isEqualTo("p'{}#: \" & *x");
    }

    @Test
    void aMissingVariableIsNamedWithItsPlaceAndToldOnce() {
        String text = ConfigurationFixture.MINIMAL.replace("\"db\"", "${DB_URL}") + "server: { port: ${1X} }\n";

        assertThat(fixture.errors(text))
                .containsExactly(
                        "changecast.yaml:3:26: sources.pg.url: the environment variable DB_URL is not set: set it, or"
                                + " write ${DB_URL:default}",
                        "changecast.yaml:6:17: server.port: ${1X} names no environment variable: write ${NAME} or"
                                + " ${NAME:default}, or $${ for the characters ${");
    }

    @Test
    void secretsAreInNoMessageAndNoText() {
        fixture.environment.put("DB_PASSWORD", SECRET);
        String text = ConfigurationFixture.MINIMAL.replace("\"db\"", "\"db\", password: ${DB_PASSWORD}");

        Configuration configuration = fixture.valid(text);

        assertThat(configuration.toString()).doesNotContain(SECRET).contains("pg (fake)");
        assertThat(fixture.provider.created().values.toString()).contains("password=***");
        assertThat(new Configuration.Tls(null, null, java.nio.file.Path.of("k.p12"), SECRET).toString())
                .doesNotContain(SECRET);
    }

    @Test
    void aSecretInTheWrongPlaceIsNotShown() {
        fixture.environment.put("DB_PASSWORD", SECRET);

        assertThat(fixture.errors(ConfigurationFixture.MINIMAL
                        + "server: { port: ${DB_PASSWORD}, allowed_origins: [\"${DB_PASSWORD}\"] }\n"))
                .noneMatch(error -> error.contains(SECRET))
                .contains("changecast.yaml:6:17: server.port: the value with ${DB_PASSWORD} is not a whole number");
    }
}
