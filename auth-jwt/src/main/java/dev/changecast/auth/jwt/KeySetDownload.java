package dev.changecast.auth.jwt;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/** Fetches a key set once, within bounds of time and size. */
final class KeySetDownload {
    private static final int TIMEOUT_MILLIS = 5000;
    private static final int MOST_BYTES = 1024 * 1024;
    private static final int MOST_KEYS = 100;

    private KeySetDownload() {}

    /** A key that tokens may be signed with, as the set tells it. */
    record Named(@Nullable String id, String algorithm, PublicKey key) {}

    /**
     * What came.
     *
     * @param serverTime what the provider's clock says, to the second; null where it does not tell
     */
    record Fetched(List<Named> keys, @Nullable Instant serverTime) {}

    /** @throws IOException when there is no usable set; what it says is for the log */
    static List<Named> fetch(URI uri) throws IOException {
        return download(uri).keys;
    }

    /** @throws IOException when there is no usable set; what it says is for people */
    static Fetched download(URI uri) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        try {
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            // Somebody else's keys would be as good as none.
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            connection.setRequestProperty("Accept", "application/jwk-set+json, application/json");
            int status = connection.getResponseCode();
            if (status != 200) {
                throw new IOException("it answers " + status);
            }
            try (InputStream body = connection.getInputStream()) {
                long time = connection.getDate();
                return new Fetched(parse(read(body)), time == 0 ? null : Instant.ofEpochMilli(time));
            }
        } finally {
            connection.disconnect();
        }
    }

    private static String read(InputStream body) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(2L * TIMEOUT_MILLIS);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
            bytes.write(buffer, 0, count);
            if (bytes.size() > MOST_BYTES) {
                throw new IOException("its answer is larger than " + MOST_BYTES + " bytes");
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("its answer takes longer than " + 2 * TIMEOUT_MILLIS + " ms");
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** The keys of a set that are of use here; others, secrets among them, are passed over. */
    static List<Named> parse(String json) throws IOException {
        JsonWebKeySet set;
        try {
            set = new JsonWebKeySet(json);
        } catch (JoseException | RuntimeException e) {
            throw new IOException("its answer is no key set: " + e.getMessage());
        }
        List<Named> keys = new ArrayList<>();
        for (JsonWebKey key : set.getJsonWebKeys()) {
            if (key instanceof PublicJsonWebKey pair && !"enc".equals(key.getUse()) && keys.size() < MOST_KEYS) {
                try {
                    String algorithm = KeyKind.of(pair.getPublicKey());
                    if (key.getAlgorithm() == null || key.getAlgorithm().equals(algorithm)) {
                        keys.add(new Named(key.getKeyId(), algorithm, pair.getPublicKey()));
                    }
                } catch (IllegalArgumentException e) {
                    // One that this server has no use for, beside others that it has.
                }
            }
        }
        if (keys.isEmpty()) {
            throw new IOException("it has no key that tokens can be verified with: RSA of 2048 bits at least, P-256 or"
                    + " Ed25519, for signatures");
        }
        return keys;
    }
}
