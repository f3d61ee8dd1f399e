package dev.changecast.http.grizzly;

import dev.changecast.api.ChangecastException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedKeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server proves itself with, in files that are renewed while it runs. Connections that are open go on as they are;
 * new ones get the new certificate. Files that cannot be used leave the old one in place, and are told once.
 */
public final class RenewableCertificate {
    private static final Logger LOG = LoggerFactory.getLogger(RenewableCertificate.class);

    private final List<Path> files;
    private final Supplier<X509ExtendedKeyManager> read;
    private final CurrentKeyManager current;
    private final SSLContext context;
    private String used;
    private String seen;

    private RenewableCertificate(List<Path> files, Supplier<X509ExtendedKeyManager> read) {
        this.files = files;
        this.read = read;
        // Looked at before they are read: what changes in between is found the next time.
        this.used = state();
        this.seen = used;
        this.current = new CurrentKeyManager(read.get());
        this.context = Certificates.context(current);
    }

    /** See {@link Certificates#fromPem}. */
    public static RenewableCertificate ofPem(Path chain, Path key) {
        return new RenewableCertificate(List.of(chain, key), () -> Certificates.pem(chain, key));
    }

    /** See {@link Certificates#fromPkcs12}. */
    public static RenewableCertificate ofPkcs12(Path file, String password) {
        return new RenewableCertificate(List.of(file), () -> Certificates.pkcs12(file, password));
    }

    /** Always proves itself with the newest usable certificate. */
    SSLContext context() {
        return context;
    }

    /**
     * Looks whether the files have changed, and reads them when they have, and have come to rest: when they are the same
     * as at the last look, since certificate and key are not written at once. Called by one thread.
     */
    void look() {
        String now = state();
        boolean atRest = now.equals(seen);
        seen = now;
        if (now.equals(used) || !atRest) {
            return;
        }
        used = now;
        try {
            current.replace(read.get());
            LOG.info("the certificate was renewed from {}", names());
        } catch (ChangecastException e) {
            LOG.error("the certificate was not renewed, the old one stays in use: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("the certificate was not renewed, the old one stays in use", e);
        }
    }

    private String names() {
        return files.stream().map(Path::toString).collect(Collectors.joining(" and "));
    }

    /** What tells one version of the files from another; links are followed, as tools renew by changing a link. */
    private String state() {
        StringBuilder state = new StringBuilder();
        for (Path file : files) {
            try {
                Path real = file.toRealPath();
                BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
                state.append(real)
                        .append(' ')
                        .append(attributes.lastModifiedTime())
                        .append(' ')
                        .append(attributes.size())
                        .append(' ')
                        .append(attributes.fileKey())
                        .append('\n');
            } catch (IOException e) {
                state.append(file).append(" is not there\n");
            }
        }
        return state.toString();
    }
}
