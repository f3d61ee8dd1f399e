package dev.changecast.auth.jwt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys from PEM files, as OpenSSL writes them. */
final class PemKeys {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s*([A-Za-z0-9+/=\\s]*?)-----END \\1-----");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519");
    private static final long MOST_BYTES = 64 * 1024;

    private PemKeys() {}

    private record Block(String label, byte[] content) {}

    /**
     * The public keys of a file: several while one replaces the other.
     *
     * @throws IllegalArgumentException with what is wrong with the file
     */
    static List<PublicKey> publicKeys(Path file) {
        List<PublicKey> keys = new ArrayList<>();
        for (Block block : blocks(file)) {
            if (!block.label.equals("PUBLIC KEY")) {
                throw new IllegalArgumentException("the file " + file + " holds a " + block.label
                        + "; it needs a PUBLIC KEY, as openssl pkey -pubout writes it");
            }
            PublicKey key = publicKey(file, block.content);
            KeyKind.of(key);
            keys.add(key);
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("the file " + file
                    + " holds no key in PEM: it needs -----BEGIN PUBLIC KEY-----, as openssl pkey -pubout writes it");
        }
        return keys;
    }

    /**
     * The private key of a file.
     *
     * @throws IllegalArgumentException with what is wrong with the file
     */
    static PrivateKey privateKey(Path file) {
        for (Block block : blocks(file)) {
            if (block.label.equals("PRIVATE KEY")) {
                return privateKey(file, block.content);
            }
        }
        throw new IllegalArgumentException("the file " + file
                + " holds no key in PEM: it needs -----BEGIN PRIVATE KEY----- (PKCS #8, without a password), as"
                + " openssl genpkey writes it");
    }

    private static List<Block> blocks(Path file) {
        String text;
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new IllegalArgumentException("the file " + file + " is too large for keys");
            }
            text = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new IllegalArgumentException("the file " + file + " does not exist or is not readable", e);
        }
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), Base64.getMimeDecoder().decode(matcher.group(2))));
        }
        return blocks;
    }

    private static PublicKey publicKey(Path file, byte[] encoded) {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(encoded));
            } catch (GeneralSecurityException e) {
                // Of another algorithm.
            }
        }
        throw unknown(file);
    }

    private static PrivateKey privateKey(Path file, byte[] encoded) {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (GeneralSecurityException e) {
                // Of another algorithm.
            }
        }
        throw unknown(file);
    }

    private static IllegalArgumentException unknown(Path file) {
        return new IllegalArgumentException(
                "the file " + file + " holds no key for RSA (RS256), P-256 (ES256) or Ed25519 (EdDSA)");
    }
}
