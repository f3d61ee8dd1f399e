package dev.changecast.auth.jwt;

import java.security.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/** Whether a token is signed with one of the keys, for us, and now. */
final class TokenVerification {
    /** Much more than providers make, and little enough to look at. */
    static final int MOST_CHARACTERS = 8192;

    /** How many keys a token without a key id is tried with. */
    private static final int MOST_KEYS = 10;

    private final VerificationKeys keys;
    private final @Nullable String issuer;
    private final @Nullable String audience;
    private final Duration leeway;
    private final InstantSource clock;
    private final JwtConsumer claims;

    TokenVerification(
            VerificationKeys keys,
            @Nullable String issuer,
            @Nullable String audience,
            Duration leeway,
            InstantSource clock) {
        this.keys = keys;
        this.issuer = issuer;
        this.audience = audience;
        this.leeway = leeway;
        this.clock = clock;
        // Reads the claims only: the signature is verified before, and the rest afterwards with errors of our own.
        this.claims = new JwtConsumerBuilder()
                .setSkipAllValidators()
                .setSkipSignatureVerification()
                .setJwsAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS)
                .build();
    }

    JwtClaims verify(String token) throws BadTokenException, KeysUnavailableException {
        if (token.length() > MOST_CHARACTERS) {
            throw new BadTokenException("the token has " + token.length() + " characters; it may have "
                    + MOST_CHARACTERS + ": leave out claims that this server does not need");
        }
        if (token.chars().filter(each -> each == '.').count() != 2) {
            throw new BadTokenException("this is no signed token: it has three parts with dots between");
        }
        verifySignature(token);
        try {
            JwtClaims read = claims.processToClaims(token);
            verify(read);
            return read;
        } catch (InvalidJwtException | MalformedClaimException e) {
            throw new BadTokenException(
                    "the token's claims cannot be read: they are a JSON object, with times in seconds");
        }
    }

    private void verifySignature(String token) throws BadTokenException, KeysUnavailableException {
        JsonWebSignature signature = new JsonWebSignature();
        String algorithm;
        String keyId;
        try {
            signature.setCompactSerialization(token);
            algorithm = signature.getAlgorithmHeaderValue();
            keyId = signature.getKeyIdHeaderValue();
        } catch (JoseException | RuntimeException e) {
            throw new BadTokenException("this is no signed token: its header cannot be read");
        }
        if (algorithm == null) {
            throw new BadTokenException("the token does not say how it is signed (alg)");
        }
        List<Key> candidates = keys.find(algorithm, keyId);
        if (candidates.isEmpty()) {
            boolean permitted = keys.algorithms().contains(algorithm);
            throw new BadTokenException(
                    permitted
                            ? "the token is signed with a key that this server does not know"
                            : "the token is signed in a way that this server does not take; it takes "
                                    + String.join(", ", keys.algorithms()));
        }
        signature.setAlgorithmConstraints(new AlgorithmConstraints(ConstraintType.PERMIT, algorithm));
        for (Key key : candidates.subList(0, Math.min(candidates.size(), MOST_KEYS))) {
            if (isSigned(signature, key)) {
                return;
            }
        }
        throw new BadTokenException("the token's signature is wrong");
    }

    private static boolean isSigned(JsonWebSignature signature, Key key) {
        try {
            signature.setKey(key);
            return signature.verifySignature();
        } catch (JoseException | RuntimeException e) {
            // Not even the form of a signature with this key.
            return false;
        }
    }

    private void verify(JwtClaims read) throws BadTokenException, MalformedClaimException {
        Instant now = clock.instant();
        Instant expires = expiration(read);
        if (!now.isBefore(expires.plus(leeway))) {
            throw new BadTokenException("the token expired at " + shown(expires) + "; get a new one");
        }
        NumericDate notBefore = read.getNotBefore();
        if (notBefore != null && instant(notBefore).minus(leeway).isAfter(now)) {
            throw new BadTokenException("the token is not valid before " + shown(instant(notBefore)));
        }
        Instant issued = issued(read);
        if (issued != null && issued.minus(leeway).isAfter(now)) {
            throw new BadTokenException(
                    "the token was issued in the future: the clocks differ by more than " + leeway.toSeconds() + " s");
        }
        if (issuer != null && !issuer.equals(read.getIssuer())) {
            throw new BadTokenException("the token is of another issuer than " + issuer);
        }
        if (audience != null && !read.getAudience().contains(audience)) {
            throw new BadTokenException("the token is not for " + audience + " (aud)");
        }
    }

    static Instant expiration(JwtClaims read) throws BadTokenException {
        try {
            NumericDate expires = read.getExpirationTime();
            if (expires != null) {
                return instant(expires);
            }
        } catch (MalformedClaimException e) {
            // The same error as without one.
        }
        throw new BadTokenException("the token does not say when it expires (exp, in seconds)");
    }

    static @Nullable Instant issued(JwtClaims read) throws BadTokenException {
        try {
            NumericDate issued = read.getIssuedAt();
            return issued == null ? null : instant(issued);
        } catch (MalformedClaimException e) {
            throw new BadTokenException("the token does not say when it was issued in seconds (iat)");
        }
    }

    static @Nullable String id(JwtClaims read) throws BadTokenException {
        try {
            return read.getJwtId();
        } catch (MalformedClaimException e) {
            throw new BadTokenException("the token's id is no text (jti)");
        }
    }

    /** Within what can be calculated with, as anything can stand in a token. */
    private static Instant instant(NumericDate date) {
        long seconds = Math.max(
                0,
                Math.min(date.getValue(), Instant.parse("9999-01-01T00:00:00Z").getEpochSecond()));
        return Instant.ofEpochSecond(seconds);
    }

    private static String shown(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
