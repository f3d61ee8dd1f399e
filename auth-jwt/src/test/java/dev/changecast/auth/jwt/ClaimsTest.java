package dev.changecast.auth.jwt;

import static dev.changecast.auth.jwt.Tokens.accepted;
import static dev.changecast.auth.jwt.Tokens.ofAda;
import static dev.changecast.auth.jwt.Tokens.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Handshake;
import dev.changecast.core.Authentication;
import dev.changecast.core.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a token says, and for how long. */
class ClaimsTest {
    private static final TokenSigner SIGNER = TokenSigner.secret(Keys.SECRET);
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);

    private JwtAuthenticator.Builder builder() {
        return JwtAuthenticator.builder().secret(Keys.SECRET).clock(now::get).leeway(Duration.ofSeconds(10));
    }

    private static TokenSigner.Token token() {
        return SIGNER.token().claim("sub", "ada").issuedAt(NOON).expiresAt(NOON.plusSeconds(60));
    }

    @Test
    void aTokenIsGoodUntilItExpiresAndTheClocksMayDiffer() {
        JwtAuthenticator authenticator = builder().build();
        String token = token().sign();
        now.set(NOON.plusSeconds(69));
        assertThat(accepted(authenticator, token).expiresAt()).isEqualTo(NOON.plusSeconds(70));
        now.set(NOON.plusSeconds(70));
        assertThat(refused(authenticator, token)).isEqualTo("the token expired at 2026-01-02T12:01:00Z; get a new one");
    }

    @Test
    void aTokenThatNeverExpiresIsRefused() {
        assertThat(refused(
                        builder().build(),
                        SIGNER.token().claim("sub", "ada").issuedAt(NOON).sign()))
                .contains("does not say when it expires");
        assertThat(refused(builder().build(), token().claim("exp", "tomorrow").sign()))
                .contains("exp");
        accepted(builder().build(), token().claim("exp", 1L << 62).sign());
    }

    @Test
    void aTokenIsNotGoodBeforeItsTime() {
        String token =
                token().claim("nbf", NOON.plusSeconds(11).getEpochSecond()).sign();
        assertThat(refused(builder().build(), token)).contains("not valid before 2026-01-02T12:00:11Z");
        now.set(NOON.plusSeconds(1));
        accepted(builder().build(), token);
        assertThat(refused(
                        builder().build(),
                        token().issuedAt(NOON.plusSeconds(12)).sign()))
                .contains("issued in the future");
    }

    @Test
    void issuerAndAudienceAreAskedForWhenTheyAreSet() {
        JwtAuthenticator authenticator =
                builder().issuer("https://id.example").audience("changecast").build();
        String good = token().claim("iss", "https://id.example")
                .claim("aud", List.of("other", "changecast"))
                .sign();
        accepted(authenticator, good);
        accepted(
                authenticator,
                token().claim("iss", "https://id.example")
                        .claim("aud", "changecast")
                        .sign());
        assertThat(refused(
                        authenticator,
                        token().claim("iss", "https://evil.example")
                                .claim("aud", "changecast")
                                .sign()))
                .isEqualTo("the token is of another issuer than https://id.example");
        assertThat(refused(authenticator, token().claim("aud", "changecast").sign()))
                .contains("issuer");
        assertThat(refused(
                        authenticator,
                        token().claim("iss", "https://id.example")
                                .claim("aud", "other")
                                .sign()))
                .isEqualTo("the token is not for changecast (aud)");
        assertThat(refused(
                        authenticator,
                        token().claim("iss", "https://id.example").sign()))
                .contains("aud");
        // Whoever says nothing of an audience is told tokens for anybody.
        accepted(builder().build(), good);
    }

    @Test
    void theUserIsWhatTheClaimSays() {
        assertThat(accepted(builder().build(), token().sign()).identity().user())
                .isEqualTo("ada");
        assertThat(accepted(
                                builder().userClaim("uid").build(),
                                token().claim("uid", 42).sign())
                        .identity()
                        .user())
                .isEqualTo("42");
        JwtAuthenticator nested = builder().userClaim("account.id").build();
        assertThat(accepted(nested, token().claimAt("account.id", "grace").sign())
                        .identity()
                        .user())
                .isEqualTo("grace");
        for (Object wrong : List.of("", " ", "a\nb", "x".repeat(257), List.of("ada"), Map.of("a", 1))) {
            assertThat(refused(builder().build(), token().claim("sub", wrong).sign()))
                    .contains("'sub'");
        }
        assertThat(refused(nested, token().sign())).contains("'account.id'");
    }

    @Test
    void rolesAreAListOrATextAndMayLieDeep() {
        assertThat(roles(builder(), token())).isEmpty();
        assertThat(roles(builder(), token().claim("roles", List.of("admin", "clerk"))))
                .containsExactlyInAnyOrder("admin", "clerk");
        assertThat(roles(builder(), token().claim("roles", "admin clerk,  guest")))
                .containsExactlyInAnyOrder("admin", "clerk", "guest");
        assertThat(roles(
                        builder().rolesClaim("realm_access.roles"),
                        token().claimAt("realm_access.roles", List.of("admin"))))
                .containsExactly("admin");
        assertThat(roles(
                        builder().rolesClaim("https://example.com/roles"),
                        token().claim("https://example.com/roles", List.of("admin"))))
                .containsExactly("admin");
        for (Object wrong : List.of(7, Map.of("admin", true), List.of(List.of("admin")), List.of("a\r\nb"))) {
            assertThat(refused(builder().build(), token().claim("roles", wrong).sign()))
                    .contains("'roles'");
        }
    }

    private static Set<String> roles(JwtAuthenticator.Builder builder, TokenSigner.Token token) {
        return accepted(builder.build(), token.sign()).identity().roles();
    }

    @Test
    void furtherClaimsBecomeText() {
        Identity identity = accepted(
                        builder().build(),
                        token().claim("tenant", 7)
                                .claim("vip", true)
                                .claim("ratio", 1.5)
                                .claim("list", List.of(1))
                                .claimAt("address.city", "Bern")
                                .sign())
                .identity();
        assertThat(identity.claims())
                .containsOnly(
                        Map.entry("sub", "ada"),
                        Map.entry("tenant", "7"),
                        Map.entry("vip", "true"),
                        Map.entry("ratio", "1.5"),
                        Map.entry("address.city", "Bern"));
        assertThat(identity.lists()).containsOnly(Map.entry("list", List.of("1")));
    }

    @Test
    void aListOfSingleValuesIsAClaimAndOneOfAnythingElseIsNone() {
        Identity identity = accepted(
                        builder().build(),
                        token().claim("tenants", List.of(7, "8", true))
                                .claim("none", List.of())
                                .claimAt("org.units", List.of("a"))
                                .claim("holes", Arrays.asList("a", null))
                                .claim("objects", List.of("a", Map.of("b", 1)))
                                .claim("nested", List.of(List.of("a")))
                                .claim("roles", List.of("clerk"))
                                .sign())
                .identity();
        assertThat(identity.lists())
                .containsOnly(
                        Map.entry("tenants", List.of("7", "8", "true")),
                        Map.entry("none", List.of()),
                        Map.entry("org.units", List.of("a")),
                        Map.entry("roles", List.of("clerk")));
        assertThat(identity.claims()).containsOnlyKeys("sub");
    }

    @Test
    void aNameThatIsAListInOnePlaceAndATextInAnotherIsNeither() {
        Identity identity = accepted(
                        builder().build(),
                        token().claim("org.unit", "a")
                                .claim("org", Map.of("unit", List.of("b")))
                                .sign())
                .identity();
        assertThat(identity.claims()).containsOnlyKeys("sub");
        assertThat(identity.lists()).isEmpty();
    }

    @Test
    void aRenewedTokenOfTheSameUserIsTheSameIdentity() {
        JwtAuthenticator authenticator = builder().build();
        Authentication.Accepted first = accepted(authenticator, token().sign());
        now.set(NOON.plusSeconds(30));
        Authentication.Accepted second = accepted(
                authenticator,
                token().issuedAt(NOON.plusSeconds(30))
                        .expiresAt(NOON.plusSeconds(90))
                        .sign());
        assertThat(second.identity()).isEqualTo(first.identity());
        assertThat(second.token()).isNotEqualTo(first.token());
    }

    @Test
    void aTokenTellsItsIdAndWhenItWasMadeSoThatItCanBeRevoked() {
        TokenSigner.Token made = token();
        assertThat(accepted(builder().build(), made.sign()).token())
                .isEqualTo(new Authentication.Token(made.id(), NOON, NOON.plusSeconds(70)));
    }

    @Test
    void theTokenOfAHandshakeIsInItsHeaderOrItsQuery() {
        JwtAuthenticator authenticator =
                JwtAuthenticator.builder().secret(Keys.SECRET).build();
        String good = ofAda(SIGNER).sign();
        assertThat(examine(authenticator, Map.of("authorization", List.of("bearer " + good)), Map.of()))
                .isInstanceOf(Authentication.Accepted.class);
        assertThat(examine(authenticator, Map.of(), Map.of("token", List.of(good))))
                .isInstanceOf(Authentication.Accepted.class);
        assertThat(examine(
                        authenticator,
                        Map.of("Authorization", List.of("Bearer wrong")),
                        Map.of("token", List.of(good))))
                .isInstanceOf(Authentication.Refused.class);
        assertThat(examine(authenticator, Map.of("Authorization", List.of("Basic YTpi")), Map.of()))
                .isInstanceOf(Authentication.Awaited.class);
        assertThat(examine(authenticator, Map.of(), Map.of("token", List.of(""))))
                .isInstanceOf(Authentication.Awaited.class);
    }

    private static Authentication examine(
            JwtAuthenticator authenticator, Map<String, List<String>> headers, Map<String, List<String>> query) {
        return authenticator.examine(new Handshake("websocket", "/ws", "127.0.0.1", headers, query, null));
    }
}
