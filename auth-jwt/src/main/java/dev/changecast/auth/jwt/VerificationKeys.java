package dev.changecast.auth.jwt;

import dev.changecast.api.source.CheckResult;
import java.security.Key;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Where the keys come from that tokens are verified with. Thread-safe. */
interface VerificationKeys {
    /**
     * The keys that a token may be signed with.
     *
     * @param algorithm the one that the token names
     * @param keyId of the token; null when it names none
     * @return empty when there is none for it
     * @throws KeysUnavailableException when that cannot be said at the moment
     */
    List<Key> find(String algorithm, @Nullable String keyId) throws KeysUnavailableException;

    /** The algorithms that there can be a key for, for messages. */
    Set<String> algorithms();

    /** Starts to get what has to be fetched, if anything, so that it is there when it is needed. */
    default void prepare() {}

    /**
     * Tries whether they can be had, for an operator; may take some seconds.
     *
     * @param leeway how far the clocks of issuer and server may differ
     */
    default CheckResult check(Duration leeway) {
        return CheckResult.OK;
    }

    /** One key with its algorithms. */
    record Secret(Key key, List<String> permitted) implements VerificationKeys {
        @Override
        public List<Key> find(String algorithm, @Nullable String keyId) {
            return permitted.contains(algorithm) ? List.of(key) : List.of();
        }

        @Override
        public Set<String> algorithms() {
            return new TreeSet<>(permitted);
        }

        /** Without the key. */
        @Override
        public String toString() {
            return "a secret";
        }
    }

    /** Public keys, each for the one algorithm of its kind. */
    record PublicKeys(List<PublicKey> keys) implements VerificationKeys {
        @Override
        public List<Key> find(String algorithm, @Nullable String keyId) {
            return keys.stream()
                    .filter(key -> KeyKind.of(key).equals(algorithm))
                    .map(Key.class::cast)
                    .toList();
        }

        @Override
        public Set<String> algorithms() {
            Set<String> algorithms = new TreeSet<>();
            keys.forEach(key -> algorithms.add(KeyKind.of(key)));
            return algorithms;
        }
    }
}
