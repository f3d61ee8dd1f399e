package dev.changecast.http.grizzly;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Enumeration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Reads what a server proves itself with. All methods throw {@link ChangecastException} when it cannot be used. */
public final class Certificates {
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

    private static final String NO_CERTIFICATE =
            "holds no certificate; it should begin with -----BEGIN CERTIFICATE-----";

    private Certificates() {}

    /**
     * From the files that certificate authorities and their clients write.
     *
     * @param chain the server's certificate and then those above it, as PEM
     * @param key its private key in PKCS#8, not encrypted, as PEM
     */
    public static SSLContext fromPem(Path chain, Path key) {
        return context(pem(chain, key));
    }

    static X509ExtendedKeyManager pem(Path chain, Path key) {
        Certificate[] certificates = certificates(chain);
        PrivateKey privateKey = privateKey(key, certificates[0].getPublicKey().getAlgorithm());
        if (!belongTogether(privateKey, certificates[0].getPublicKey())) {
            throw unusable(key, "is not the key of the first certificate in " + chain, null);
        }
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", privateKey, new char[0], certificates);
            return keyManager(store, new char[0]);
        } catch (GeneralSecurityException | IOException e) {
            throw unusable(chain, "cannot be used: " + e.getMessage(), e);
        }
    }

    /** From a key store in the format PKCS#12 that holds a private key with its certificates. */
    public static SSLContext fromPkcs12(Path file, String password) {
        return context(pkcs12(file, password));
    }

    static X509ExtendedKeyManager pkcs12(Path file, String password) {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password.toCharArray());
            if (!hasKey(store)) {
                throw unusable(file, "holds no private key", null);
            }
            return keyManager(store, password.toCharArray());
        } catch (GeneralSecurityException | IOException e) {
            throw unusable(file, "cannot be read as PKCS#12 with the password given: " + e.getMessage(), e);
        }
    }

    private static Certificate[] certificates(Path file) {
        Certificate[] chain;
        try (InputStream in = Files.newInputStream(file)) {
            chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(in)
                    .toArray(Certificate[]::new);
        } catch (CertificateException e) {
            throw unusable(file, NO_CERTIFICATE, e);
        } catch (IOException e) {
            throw unusable(file, "cannot be read: " + e, e);
        }
        if (chain.length == 0) {
            throw unusable(file, NO_CERTIFICATE, null);
        }
        try {
            if (chain[0] instanceof X509Certificate server) {
                server.checkValidity();
            }
        } catch (CertificateException e) {
            throw unusable(file, "holds a certificate that is not valid today: " + e.getMessage(), e);
        }
        return chain;
    }

    private static PrivateKey privateKey(Path file, String algorithm) {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw unusable(file, "cannot be read: " + e, null);
        }
        for (Matcher block = PEM.matcher(text); block.find(); ) {
            String kind = block.group(1);
            if (kind.equals("PRIVATE KEY")) {
                return decoded(file, algorithm, Base64.getMimeDecoder().decode(block.group(2)));
            }
            if (kind.endsWith("PRIVATE KEY")) {
                throw unusable(
                        file,
                        "holds a key as " + kind + "; convert it with: openssl pkcs8 -topk8 -nocrypt -in " + file
                                + " -out key.pem",
                        null);
            }
        }
        throw unusable(file, "holds no private key; it should begin with -----BEGIN PRIVATE KEY-----", null);
    }

    private static PrivateKey decoded(Path file, String algorithm, byte[] key) {
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(key));
        } catch (GeneralSecurityException e) {
            // Without the cause: its text might tell of the key.
            throw unusable(file, "holds no key of the kind that the certificate has, " + algorithm, null);
        }
    }

    private static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey) {
        String algorithm = privateKey.getAlgorithm();
        String signature = switch (algorithm) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> algorithm;
        };
        try {
            byte[] sample = {1};
            Signature signer = Signature.getInstance(signature);
            signer.initSign(privateKey);
            signer.update(sample);
            byte[] signed = signer.sign();
            signer.initVerify(publicKey);
            signer.update(sample);
            return signer.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static boolean hasKey(KeyStore store) throws GeneralSecurityException {
        for (Enumeration<String> aliases = store.aliases(); aliases.hasMoreElements(); ) {
            if (store.isKeyEntry(aliases.nextElement())) {
                return true;
            }
        }
        return false;
    }

    private static X509ExtendedKeyManager keyManager(KeyStore store, char[] password) throws GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        for (KeyManager manager : keys.getKeyManagers()) {
            if (manager instanceof X509ExtendedKeyManager extended) {
                return extended;
            }
        }
        throw new GeneralSecurityException("this Java platform has no key manager for X.509");
    }

    /** Speaks TLS with what this manager gives. */
    static SSLContext context(X509ExtendedKeyManager keys) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys}, null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has TLS", e);
        }
    }

    private static ChangecastException unusable(Path file, String why, @Nullable Exception cause) {
        String message = "the TLS file " + file + " " + why;
        return cause == null
                ? new ChangecastException(ErrorCode.BAD_CONFIGURATION, message)
                : new ChangecastException(ErrorCode.BAD_CONFIGURATION, message, cause);
    }
}
