package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Certificates that are renewed while the server runs. */
@Timeout(60)
class RenewedCertificateIT {
    @TempDir
    private static Path directory;

    private static TestCertificate first;
    private static TestCertificate second;

    @BeforeAll
    static void makeCertificates() throws Exception {
        first = new TestCertificate(Files.createDirectory(directory.resolve("first")), "EC");
        second = new TestCertificate(Files.createDirectory(directory.resolve("second")), "EC");
    }

    @Test
    void newConnectionsGetTheNewCertificateAndOpenOnesGoOn() throws Exception {
        Path chain = directory.resolve("chain.pem");
        Path key = directory.resolve("key.pem");
        Files.copy(first.chain, chain);
        Files.copy(first.key, key);
        ListAppender<ILoggingEvent> log = listen();
        try (TestPort port = port(RenewableCertificate.ofPem(chain, key));
                RawClient open = connect(port).upgraded("/ws")) {
            X509Certificate old = shown(open);
            assertThat(old).isEqualTo(first.certificate());

            Files.writeString(chain, "-----BEGIN NONSENSE-----");
            Await.until("told of the broken file", () -> errors(log).size() == 1);
            try (RawClient meanwhile = connect(port).upgraded("/ws")) {
                assertThat(shown(meanwhile)).isEqualTo(old);
            }

            // The key last: in between they do not belong together, which is not used either.
            Files.copy(second.chain, chain, StandardCopyOption.REPLACE_EXISTING);
            Files.copy(second.key, key, StandardCopyOption.REPLACE_EXISTING);
            Await.until("the new certificate", () -> {
                try (RawClient next = connect(port).upgraded("/ws")) {
                    return shown(next).equals(second.certificate());
                } catch (Exception e) {
                    throw new AssertionError("a handshake failed while the certificate was renewed", e);
                }
            });
            open.sendText("{}");
            assertThat(open.readFrame().text()).isEqualTo("{}");
            // The broken file was told once; that the files do not fit each other was seen at most once.
            assertThat(errors(log)).hasSizeLessThanOrEqualTo(2).allMatch(line -> line.contains("the old one stays"));
        } finally {
            logger().detachAppender(log);
        }
    }

    @Test
    void aLinkThatIsChangedIsAChangeAndSoIsAKeyStore() throws Exception {
        Path link = directory.resolve("current.p12");
        Files.createSymbolicLink(link, first.store);
        try (TestPort port = port(RenewableCertificate.ofPkcs12(link, TestCertificate.PASSWORD))) {
            Path next = directory.resolve("next.p12");
            Files.createSymbolicLink(next, second.store);
            Files.move(next, link, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            Await.until("the new certificate", () -> {
                try (RawClient client = connect(port).upgraded("/ws")) {
                    return shown(client).equals(second.certificate());
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    private static TestPort port(RenewableCertificate certificate) {
        return new TestPort(
                RecordingGateway.echoing(),
                settings -> settings.tls(certificate).certificateCheck(Duration.ofMillis(50)));
    }

    private static X509Certificate shown(RawClient client) throws Exception {
        return (X509Certificate) ((SSLSocket) client.socket).getSession().getPeerCertificates()[0];
    }

    /** Takes any certificate: which one it is, the test asks. */
    private static RawClient connect(TestPort port) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anybody()}, null);
        return new RawClient(context.getSocketFactory().createSocket("127.0.0.1", port.http.port()));
    }

    private static List<String> errors(ListAppender<ILoggingEvent> log) {
        return List.copyOf(log.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line -> line.contains("was not renewed"))
                .toList();
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(RenewableCertificate.class);
    }

    private static ListAppender<ILoggingEvent> listen() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.list = new java.util.concurrent.CopyOnWriteArrayList<>();
        log.start();
        logger().addAppender(log);
        return log;
    }

    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
