package dev.changecast.auth.jwt;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.source.CheckResult;
import dev.changecast.api.transport.Handshake;
import dev.changecast.core.Authentication;
import dev.changecast.core.Authenticator;
import dev.changecast.core.Identity;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.keys.HmacKey;
import org.jspecify.annotations.Nullable;

/**
 * Knows clients by JSON Web Tokens: in the header {@code Authorization: Bearer}, in the query parameter {@code token}, or
 * in a first message. What a token may be signed with follows from the key that was given, never from the token. Tokens
 * have to expire. Thread-safe; blocks for two seconds at most, and only while the keys of a {@link Builder#keySet} that a
 * token names are being fetched.
 */
public final class JwtAuthenticator implements Authenticator {
    private final VerificationKeys keys;
    private final TokenVerification verification;
    private final TokenIdentity identity;
    private final Duration leeway;

    private JwtAuthenticator(VerificationKeys keys, Builder settings) {
        this.keys = keys;
        this.leeway = settings.leeway;
        this.verification =
                new TokenVerification(keys, settings.issuer, settings.audience, settings.leeway, settings.clock);
        this.identity = new TokenIdentity(settings.userClaim, settings.rolesClaim);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Begins to fetch the keys of a key set, so that the first token finds them. Does not wait; may be left out. */
    public void prepare() {
        keys.prepare();
    }

    /** Tries whether the keys can be had, and how far clocks differ, for an operator. May take some seconds; never throws. */
    public CheckResult check() {
        return keys.check(leeway);
    }

    @Override
    public Optional<Identity> authenticate(Handshake handshake) {
        return examine(handshake) instanceof Authentication.Accepted accepted
                ? Optional.of(accepted.identity())
                : Optional.empty();
    }

    @Override
    public Authentication examine(Handshake handshake) {
        return Authenticator.tokenOf(handshake).map(this::examine).orElseGet(Authentication::awaited);
    }

    @Override
    public Authentication examine(String token) {
        try {
            JwtClaims claims = verification.verify(token);
            // Until then, as the leeway is for: a client is told when this server will end its session.
            Instant expires = TokenVerification.expiration(claims).plus(leeway);
            return Authentication.accepted(
                    identity.of(claims),
                    new Authentication.Token(TokenVerification.id(claims), TokenVerification.issued(claims), expires));
        } catch (BadTokenException e) {
            return Authentication.refused(String.valueOf(e.getMessage()));
        } catch (KeysUnavailableException e) {
            return Authentication.unavailable(String.valueOf(e.getMessage()));
        }
    }

    /** Without keys. */
    @Override
    public String toString() {
        return "tokens signed with " + keys;
    }

    /** Says which tokens are good. Exactly one of secret, public key and key set is given. */
    public static final class Builder {
        private @Nullable String secret;
        private @Nullable Path publicKey;
        private @Nullable URI keySet;
        private Duration keySetCache = Duration.ofMinutes(10);
        private Duration keySetPause = Duration.ofSeconds(30);
        private @Nullable String issuer;
        private @Nullable String audience;
        private Duration leeway = Duration.ofSeconds(10);
        private String userClaim = "sub";
        private String rolesClaim = "roles";
        private InstantSource clock = InstantSource.system();

        private Builder() {}

        /**
         * Tokens are signed with this secret: with HS256, and with HS384 and HS512 if it has 48 and 64 bytes.
         *
         * @param secret of 32 bytes at least in UTF-8, hard to guess
         */
        public Builder secret(String secret) {
            this.secret = requireNonNull(secret, "secret is null");
            return this;
        }

        /**
         * Tokens are signed with the private key of this public one: RS256 with one for RSA of 2048 bits at least, ES256
         * with one of P-256, EdDSA with one of Ed25519.
         *
         * @param file PEM; may hold several while one replaces the other. Read once, by {@link #build}
         */
        public Builder publicKey(Path file) {
            this.publicKey = requireNonNull(file, "file is null");
            return this;
        }

        /** As {@link #publicKey}, with the keys that an identity provider publishes as a JWKS; they may rotate. */
        public Builder keySet(URI uri) {
            this.keySet = requireNonNull(uri, "uri is null");
            return this;
        }

        /**
         * How often a key set is fetched.
         *
         * @param cache after this time again, 10 minutes unless said; what is known stays good while that fails
         * @param pause not more often than this, 30 seconds unless said, also for keys that are not known
         */
        public Builder keySetTimes(Duration cache, Duration pause) {
            this.keySetCache = cache;
            this.keySetPause = pause;
            return this;
        }

        /** Who must have issued tokens ({@code iss}); anybody with the key when this is not called. */
        public Builder issuer(String issuer) {
            this.issuer = requireNonNull(issuer, "issuer is null");
            return this;
        }

        /** Whom tokens must be for ({@code aud}); for anybody when this is not called. */
        public Builder audience(String audience) {
            this.audience = requireNonNull(audience, "audience is null");
            return this;
        }

        /** How far the clocks of issuer and server may differ; 10 seconds unless said, 5 minutes at most. */
        public Builder leeway(Duration leeway) {
            this.leeway = leeway;
            return this;
        }

        /** The claim with the user's id, {@code sub} unless said; dots lead into objects. */
        public Builder userClaim(String name) {
            this.userClaim = requireNonNull(name, "name is null");
            return this;
        }

        /**
         * The claim with the roles, {@code roles} unless said: a list, or a text with spaces or commas between; dots lead
         * into objects, as in {@code realm_access.roles}.
         */
        public Builder rolesClaim(String name) {
            this.rolesClaim = requireNonNull(name, "name is null");
            return this;
        }

        /** Another clock than the system's. */
        public Builder clock(InstantSource clock) {
            this.clock = requireNonNull(clock, "clock is null");
            return this;
        }

        /** @throws IllegalArgumentException with what is wrong with the settings, without a secret */
        public JwtAuthenticator build() {
            if (leeway.isNegative() || leeway.compareTo(Duration.ofMinutes(5)) > 0) {
                throw new IllegalArgumentException("the leeway is 0s to 5m, not " + leeway);
            }
            return new JwtAuthenticator(keys(), this);
        }

        private VerificationKeys keys() {
            int given = (secret == null ? 0 : 1) + (publicKey == null ? 0 : 1) + (keySet == null ? 0 : 1);
            if (given != 1) {
                throw new IllegalArgumentException(
                        "tokens are verified with exactly one of a secret, a public key and a key set; there are "
                                + given);
            }
            if (secret != null) {
                byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
                if (KeyKind.ofSecret(bytes.length).isEmpty()) {
                    throw new IllegalArgumentException("the secret has " + bytes.length
                            + " bytes and can be guessed: give it " + KeyKind.LEAST_SECRET_BYTES
                            + " at least, such as the output of openssl rand -hex 32");
                }
                return new VerificationKeys.Secret(new HmacKey(bytes), KeyKind.ofSecret(bytes.length));
            }
            if (publicKey != null) {
                return new VerificationKeys.PublicKeys(PemKeys.publicKeys(publicKey));
            }
            return new KeySet(checked(requireNonNull(keySet)), keySetCache, keySetPause);
        }

        /** What comes unencrypted over a network can be anybody's keys. */
        private static URI checked(URI uri) {
            String scheme = String.valueOf(uri.getScheme());
            String host = String.valueOf(uri.getHost());
            boolean here = host.equals("127.0.0.1") || host.equals("localhost") || host.equals("[::1]");
            if (uri.getHost() == null || !scheme.equals("https") && !(scheme.equals("http") && here)) {
                throw new IllegalArgumentException(
                        "a key set is fetched from an https address (http only from this machine), not " + uri);
            }
            if (uri.getUserInfo() != null) {
                throw new IllegalArgumentException("the address of a key set holds no user and password");
            }
            return uri;
        }
    }
}
