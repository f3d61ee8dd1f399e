package dev.changecast.auth.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Authentication;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Instant;
import java.util.Base64;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/** Tokens that no honest signer makes, and what becomes of tokens. */
final class Tokens {
    private Tokens() {}

    /** A good one of ada, for an hour. */
    static TokenSigner.Token ofAda(TokenSigner signer) {
        return signer.token().claim("sub", "ada").expiresAt(Instant.now().plusSeconds(3600));
    }

    /** Claims as JSON, of a user who would be let in. */
    static String claimsOfAda() {
        long now = Instant.now().getEpochSecond();
        return "{\"sub\":\"ada\",\"iat\":" + now + ",\"exp\":" + (now + 3600) + "}";
    }

    /** Signed with any key in any way. */
    static String signed(String algorithm, @Nullable Key key, String claims) {
        JsonWebSignature signature = new JsonWebSignature();
        signature.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
        signature.setDoKeyValidation(false);
        signature.setAlgorithmHeaderValue(algorithm);
        signature.setPayload(claims);
        signature.setKey(key);
        try {
            return signature.getCompactSerialization();
        } catch (JoseException e) {
            throw new AssertionError(e);
        }
    }

    static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static Authentication.Accepted accepted(JwtAuthenticator authenticator, String token) {
        Authentication found = authenticator.examine(token);
        assertThat(found).isInstanceOf(Authentication.Accepted.class);
        return (Authentication.Accepted) found;
    }

    /** Why it is refused; never with anything of the token in it. */
    static String refused(JwtAuthenticator authenticator, String token) {
        Authentication found = authenticator.examine(token);
        assertThat(found).isInstanceOf(Authentication.Refused.class);
        String reason = ((Authentication.Refused) found).reason();
        for (String part : token.split("\\.")) {
            if (part.length() > 8) {
                assertThat(reason).doesNotContain(part.substring(0, 8));
            }
        }
        return reason;
    }
}
