package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may connect, as it is configured. */
class AuthSectionTest {
    private static final String SECRET = "not-to-be-shown-0123456789-0123456789";
    private static final String REST = """

            sources: { pg: { type: fake, url: db } }
            routes:
              - { from: pg/public.orders, read: { roles: [admin] } }
            """;

    private final ConfigurationFixture fixture = new ConfigurationFixture();

    private static String jwt(String settings) {
        return "auth: { jwt: { " + settings + " } }" + REST;
    }

    @Test
    void aSecretIsEnoughAndRolesAreOfUse() {
        Configuration.Auth auth = fixture.valid(jwt("secret: " + SECRET)).auth();

        assertThat(auth.anonymous()).isFalse();
        assertThat(auth.timeLimit()).isEqualTo(Duration.ofSeconds(10));
        assertThat(auth.jwt())
                .isEqualTo(new Configuration.Jwt(
                        SECRET,
                        null,
                        null,
                        Duration.ofMinutes(10),
                        null,
                        null,
                        Duration.ofSeconds(10),
                        "sub",
                        "roles"));
        assertThat(fixture.warnings()).isEmpty();
    }

    @Test
    void everythingCanBeSaid() {
        Configuration.Auth auth = fixture.valid("""
                auth:
                  anonymous: true
                  time_limit: 5s
                  jwt: { jwks_uri: "https://id.example/jwks", jwks_cache: 1h, issuer: "https://id.example",
                         audience: changecast, leeway: 30s, user_claim: uid, roles_claim: realm_access.roles }
                """ + REST).auth();

        assertThat(auth.anonymous()).isTrue();
        assertThat(auth.timeLimit()).isEqualTo(Duration.ofSeconds(5));
        assertThat(auth.jwt()).isNotNull();
        assertThat(auth.jwt().audience()).isEqualTo("changecast");
        assertThat(auth.jwt().rolesClaim()).isEqualTo("realm_access.roles");
    }

    @Test
    void theSecretCanComeFromAVariableAndIsNotShown() {
        fixture.environment.put("CHANGECAST_AUTH_JWT_SECRET", SECRET);

        Configuration configuration = fixture.valid(REST);

        assertThat(configuration.auth().jwt()).isNotNull();
        assertThat(configuration.auth().jwt().secret()).isEqualTo(SECRET);
        assertThat(configuration.toString()).doesNotContain(SECRET);
    }

    @Test
    void everythingThatIsWrongIsToldAtOnceWithoutTheSecret() {
        String shortSecret = SECRET.substring(0, 20);
        List<String> errors = fixture.errors("""
                auth:
                  time_limit: 1ms
                  secret: %s
                  jwt: { secret: %s, leeway: 10m, isuer: x, jwks_cache: 1s }
                """.formatted(SECRET, shortSecret) + REST);

        assertThat(errors)
                .containsExactly(
                        "changecast.yaml:3:3: auth.secret: this belongs into auth.jwt: write jwt: {secret: ...}",
                        "changecast.yaml:4:53: auth.jwt.isuer: there is no such setting; did you mean 'issuer'?",
                        "changecast.yaml:4:63: auth.jwt.jwks_cache: it is out of bounds: 10s to 7d",
                        "changecast.yaml:4:63: auth.jwt.jwks_cache: it goes with jwks_uri, not alone",
                        "changecast.yaml:2:3: auth.time_limit: it is out of bounds: 100ms to 5m");
        assertThat(new ConfigurationFixture().errors(jwt("secret: " + shortSecret)))
                .containsExactly(
                        "changecast.yaml:1:16: auth.jwt.secret: the secret has 20 bytes and can be guessed: give"
                                + " it 32 at least, such as the output of openssl rand -hex 32");
        assertThat(new ConfigurationFixture().errors(jwt("secret: " + SECRET + ", leeway: 10m")))
                .containsExactly("changecast.yaml:1:63: auth.jwt.leeway: the leeway is 0s to 5m, not PT10M");
    }

    @Test
    void oneKindOfKeyIsGiven() {
        assertThat(fixture.errors(jwt("issuer: x")))
                .containsExactly("changecast.yaml:1:14: auth.jwt: give one of secret, public_key and jwks_uri");
        assertThat(new ConfigurationFixture().errors(jwt("secret: " + SECRET + ", public_key: a.pem")))
                .containsExactly(
                        "changecast.yaml:1:14: auth.jwt: give one of secret, public_key and jwks_uri, not secret"
                                + " and public_key");
        assertThat(new ConfigurationFixture().errors("auth: { jwt: secret }" + REST))
                .containsExactly("changecast.yaml:1:14: auth.jwt: here stands how tokens are signed, such as {secret:"
                        + " ...}, not one value");
    }

    @Test
    void aKeyFileIsReadAtOnceAndAnAddressIsEncrypted() {
        assertThat(fixture.errors(jwt("public_key: none.pem")))
                .containsExactly("changecast.yaml:1:16: auth.jwt.public_key: the file "
                        + Path.of("/etc/changecast/none.pem") + " does not exist or is not readable");
        assertThat(new ConfigurationFixture().errors(jwt("jwks_uri: \"http://id.example/jwks\"")))
                .containsExactly("changecast.yaml:1:16: auth.jwt.jwks_uri: a key set is fetched from an https address"
                        + " (http only from this machine), not http://id.example/jwks");
        assertThat(new ConfigurationFixture().errors(jwt("jwks_uri: \"no address\"")))
                .containsExactly("changecast.yaml:1:16: auth.jwt.jwks_uri: this is no address");
    }
}
