package dev.changecast.auth.jwt;

import java.security.AlgorithmParameters;
import java.security.Key;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.InvalidParameterSpecException;
import java.security.spec.NamedParameterSpec;
import java.util.List;
import org.jose4j.jws.AlgorithmIdentifiers;

/**
 * The algorithms that belong to a key. A token's header never chooses among others: a public key is no secret for HMAC, and
 * {@code none} is nobody's algorithm.
 */
final class KeyKind {
    /** As RFC 7518 asks for: as many bits as the hash has. */
    static final int LEAST_SECRET_BYTES = 32;

    private static final int LEAST_RSA_BITS = 2048;

    private KeyKind() {}

    /** Those that a secret of this length is good for; none when it is too short for all. */
    static List<String> ofSecret(int bytes) {
        if (bytes >= 64) {
            return List.of(
                    AlgorithmIdentifiers.HMAC_SHA256,
                    AlgorithmIdentifiers.HMAC_SHA384,
                    AlgorithmIdentifiers.HMAC_SHA512);
        }
        if (bytes >= 48) {
            return List.of(AlgorithmIdentifiers.HMAC_SHA256, AlgorithmIdentifiers.HMAC_SHA384);
        }
        return bytes >= LEAST_SECRET_BYTES ? List.of(AlgorithmIdentifiers.HMAC_SHA256) : List.of();
    }

    /**
     * That of a public or private key.
     *
     * @throws IllegalArgumentException saying what is wrong with the key and what would be right
     */
    static String of(Key key) {
        if (key instanceof RSAKey rsa) {
            int bits = rsa.getModulus().bitLength();
            if (bits < LEAST_RSA_BITS) {
                throw new IllegalArgumentException(
                        "an RSA key of " + bits + " bits can be broken; it needs " + LEAST_RSA_BITS + " at least");
            }
            return AlgorithmIdentifiers.RSA_USING_SHA256;
        }
        if (key instanceof ECKey ec) {
            if (!isP256(ec.getParams())) {
                throw new IllegalArgumentException("of the elliptic curves P-256 (for ES256) and Ed25519 are taken");
            }
            return AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256;
        }
        if (key instanceof EdECKey edwards
                && edwards.getParams().getName().equals(NamedParameterSpec.ED25519.getName())) {
            return AlgorithmIdentifiers.EDDSA;
        }
        throw new IllegalArgumentException(
                "a key is one for RSA (RS256), P-256 (ES256) or Ed25519 (EdDSA), not " + key.getAlgorithm());
    }

    private static boolean isP256(ECParameterSpec given) {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec("secp256r1"));
            ECParameterSpec wanted = parameters.getParameterSpec(ECParameterSpec.class);
            return wanted.getCurve().equals(given.getCurve())
                    && wanted.getGenerator().equals(given.getGenerator());
        } catch (NoSuchAlgorithmException | InvalidParameterSpecException e) {
            throw new IllegalStateException("every JDK since 17 has P-256", e);
        }
    }
}
