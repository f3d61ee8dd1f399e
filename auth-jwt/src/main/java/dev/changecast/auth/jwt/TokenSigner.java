package dev.changecast.auth.jwt;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.Key;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * Makes tokens that a {@link JwtAuthenticator} takes: for tests and trials, and for a service that has no identity provider.
 */
public final class TokenSigner {
    private final Key key;
    private final String algorithm;
    private @Nullable String keyId;

    private TokenSigner(Key key, String algorithm) {
        this.key = key;
        this.algorithm = algorithm;
    }

    /**
     * Signs with HS256.
     *
     * @throws IllegalArgumentException when the secret is shorter than 32 bytes
     */
    public static TokenSigner secret(String secret) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        List<String> permitted = KeyKind.ofSecret(bytes.length);
        if (permitted.isEmpty()) {
            throw new IllegalArgumentException(
                    "the secret has " + bytes.length + " bytes; it needs " + KeyKind.LEAST_SECRET_BYTES + " at least");
        }
        return new TokenSigner(new HmacKey(bytes), permitted.get(0));
    }

    /**
     * Signs with the algorithm of a private key: RS256, ES256 or EdDSA.
     *
     * @param file PEM, PKCS #8 without a password
     * @throws IllegalArgumentException with what is wrong with the file
     */
    public static TokenSigner privateKey(Path file) {
        return privateKey(PemKeys.privateKey(file));
    }

    /** @throws IllegalArgumentException when it is no key for RS256, ES256 or EdDSA */
    public static TokenSigner privateKey(PrivateKey key) {
        return new TokenSigner(key, KeyKind.of(key));
    }

    /** Tokens name their key so, for a key set that has several. */
    public TokenSigner keyId(String id) {
        TokenSigner other = new TokenSigner(key, algorithm);
        other.keyId = requireNonNull(id, "id is null");
        return other;
    }

    /** Begins a token, which has an id and tells when it was made. */
    public Token token() {
        return new Token();
    }

    /** One token on its way to be made. */
    public final class Token {
        private final Map<String, Object> claims = new LinkedHashMap<>();
        private final String id = UUID.randomUUID().toString();

        private Token() {
            claims.put("jti", id);
            issuedAt(Instant.now());
        }

        /** How a revocation names it. */
        public String id() {
            return String.valueOf(claims.get("jti"));
        }

        public Token issuedAt(Instant time) {
            return claim("iat", time.getEpochSecond());
        }

        public Token expiresAt(Instant time) {
            return claim("exp", time.getEpochSecond());
        }

        /**
         * Adds a claim.
         *
         * @param value text, a number, a flag, or a list of these
         */
        public Token claim(String name, Object value) {
            claims.put(name, value);
            return this;
        }

        /** Adds a claim inside objects, where dots in the name lead: as {@link JwtAuthenticator.Builder#rolesClaim} reads it. */
        public Token claimAt(String path, Object value) {
            put(claims, path, value);
            return this;
        }

        @SuppressWarnings("unchecked")
        private static void put(Map<String, Object> into, String path, Object value) {
            int dot = path.indexOf('.');
            if (dot < 0 || path.contains("/")) {
                // A name like https://example.com/roles is one.
                into.put(path, value);
                return;
            }
            Object inner = into.computeIfAbsent(path.substring(0, dot), name -> new LinkedHashMap<String, Object>());
            if (!(inner instanceof Map)) {
                throw new IllegalArgumentException("the claim '" + path.substring(0, dot) + "' is no object");
            }
            put((Map<String, Object>) inner, path.substring(dot + 1), value);
        }

        /** The token. */
        public String sign() {
            JwtClaims all = new JwtClaims();
            new ArrayList<>(claims.entrySet()).forEach(claim -> all.setClaim(claim.getKey(), claim.getValue()));
            JsonWebSignature signature = new JsonWebSignature();
            signature.setPayload(all.toJson());
            signature.setAlgorithmHeaderValue(algorithm);
            signature.setHeader("typ", "JWT");
            signature.setKey(key);
            if (keyId != null) {
                signature.setKeyIdHeaderValue(keyId);
            }
            try {
                return signature.getCompactSerialization();
            } catch (JoseException e) {
                throw new IllegalStateException("a key that was checked does not sign", e);
            }
        }
    }
}
