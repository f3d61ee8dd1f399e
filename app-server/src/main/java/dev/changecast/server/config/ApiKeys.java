package dev.changecast.server.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** The keys of the servers that may use the HTTP API. Keeps their hashes only, and shows none. */
public final class ApiKeys {
    private static final int LEAST_CHARACTERS = 20;

    private final List<byte[]> hashes = new ArrayList<>();

    private ApiKeys() {}

    /** These keys. */
    public static ApiKeys of(List<String> keys) {
        ApiKeys apiKeys = new ApiKeys();
        keys.forEach(key -> apiKeys.hashes.add(hash(key)));
        return apiKeys;
    }

    /** What is wrong with keys, told without showing one. */
    static Optional<String> problem(List<String> keys) {
        for (int i = 0; i < keys.size(); i++) {
            String key = keys.get(i);
            String which = "the " + (i + 1) + ". key ";
            if (key.length() < LEAST_CHARACTERS) {
                return Optional.of(which + "has " + key.length() + " characters and can be guessed: give it "
                        + LEAST_CHARACTERS + " at least, such as the output of openssl rand -hex 32");
            }
            if (!key.chars().allMatch(each -> each > ' ' && each < 127)) {
                return Optional.of(which + "holds something that a header cannot: use letters, digits and punctuation");
            }
        }
        return new HashSet<>(keys).size() == keys.size() ? Optional.empty() : Optional.of("one key stands there twice");
    }

    public boolean isEmpty() {
        return hashes.isEmpty();
    }

    /** Whether a key is one of these. How long it takes tells nothing about them. */
    public boolean contains(String key) {
        return indexOf(key) >= 0;
    }

    /** Which of these a key is, in their order; -1 when none. How long it takes tells nothing about them. */
    public int indexOf(String key) {
        byte[] given = hash(key);
        int found = -1;
        for (int i = 0; i < hashes.size(); i++) {
            found = MessageDigest.isEqual(hashes.get(i), given) ? i : found;
        }
        return found;
    }

    public int size() {
        return hashes.size();
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Without the keys. */
    @Override
    public String toString() {
        return hashes.size() + " keys";
    }
}
