package dev.changecast.http.grizzly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.transport.Payload;
import dev.changecast.http.grizzly.RecordingGateway.Client;
import dev.changecast.testing.FakeGateway;
import dev.changecast.transport.longpoll.LongPollTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TlsIT {
    @TempDir
    private static Path directory;

    private static TestCertificate rsa;
    private static TestCertificate ec;

    private final RecordingGateway gateway = RecordingGateway.echoing();

    @BeforeAll
    static void makeCertificates() throws Exception {
        rsa = new TestCertificate(directory, "RSA");
        ec = new TestCertificate(directory, "EC");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void messagesPassInOrderAndWhole(String version) throws Exception {
        try (TestPort port = port(Certificates.fromPem(rsa.chain, rsa.key));
                RawClient raw = connect(port, rsa, version).upgraded("/ws")) {
            ByteArrayOutputStream many = new ByteArrayOutputStream();
            List<String> sent = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                String text = "{\"n\":" + i + ",\"x\":\"" + "x".repeat(i) + "\"}";
                sent.add(text);
                many.writeBytes(raw.frame(RawClient.TEXT, true, text.getBytes(UTF_8)));
            }
            Thread sender = new Thread(
                    () -> {
                        try {
                            raw.send(many.toByteArray());
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    },
                    "sender");
            sender.start();
            for (String text : sent) {
                assertThat(raw.readFrame().text()).isEqualTo(text);
            }
            sender.join();
        }
    }

    @Test
    void aFrameInThePacketOfTheHandshakeIsNotLost() throws Exception {
        try (TestPort port = port(Certificates.fromPkcs12(ec.store, TestCertificate.PASSWORD));
                RawClient raw = connect(port, ec, "TLSv1.3")) {
            ByteArrayOutputStream packet = new ByteArrayOutputStream();
            packet.writeBytes(RawClient.handshake("/ws"));
            packet.writeBytes(raw.frame(RawClient.TEXT, true, "{\"first\":1}".getBytes(UTF_8)));
            raw.send(packet.toByteArray());
            raw.sendText("{\"second\":2}");
            assertThat(raw.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(raw.readFrame().text()).isEqualTo("{\"first\":1}");
            assertThat(raw.readFrame().text()).isEqualTo("{\"second\":2}");
        }
    }

    @Test
    void anAbortFreesWhatAClientThatNeverReadsHeld() throws Exception {
        try (TestPort port = port(Certificates.fromPem(ec.chain, ec.key));
                RawClient raw = connect(port, ec, "TLSv1.3").upgraded("/ws")) {
            Client client = gateway.next();
            SocketFrameWriter writer = port.writers().get(0);
            Queue<Boolean> done = new ConcurrentLinkedQueue<>();
            client.connection.write(
                    Stream.generate(() -> Payload.of("x".repeat(100_000)))
                            .limit(200)
                            .toList(),
                    done::add);
            assertThat(done).isEmpty();
            assertThat(writer.pendingBytes()).isPositive();
            client.connection.abort();
            Await.until("told of the lost write", () -> !done.isEmpty());
            assertThat(done).containsExactly(false);
            assertThat(writer.pendingBytes()).isZero();
            Await.until("the socket is gone", () -> port.http.webSockets() == 0);
            raw.awaitEnd();
        }
    }

    @Test
    void pollsAreAnsweredOneAfterTheOther() throws Exception {
        LongPollTransport polls = new LongPollTransport();
        polls.start(new FakeGateway(4096));
        String poll = "POST /poll HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n{\"wait_s\":0}";
        try (TestPort port = new TestPort(
                        gateway,
                        settings -> settings.tls(Certificates.fromPem(rsa.chain, rsa.key))
                                .servlet("/poll", polls.servlet()));
                RawClient raw = connect(port, rsa, "TLSv1.3")) {
            raw.send((poll + poll).getBytes(UTF_8));
            for (int i = 0; i < 2; i++) {
                String head = raw.readHead();
                assertThat(head).startsWith("HTTP/1.1 200 ");
                int length = Integer.parseInt(head.replaceAll("(?is).*\r\ncontent-length: (\\d+)\r\n.*", "$1"));
                assertThat(new String(raw.in.readNBytes(length), UTF_8)).endsWith("\"messages\":[]}");
            }
        } finally {
            polls.close();
        }
    }

    @Test
    void oldVersionsOfTlsAreRefused() throws Exception {
        try (TestPort port = port(Certificates.fromPem(rsa.chain, rsa.key))) {
            assertThatThrownBy(() -> connect(port, rsa, "TLSv1.1").upgraded("/ws"))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void unusableFilesAreNamedWithWhatIsWrong() throws Exception {
        Path nothing = Files.writeString(directory.resolve("nothing.pem"), "nothing");
        Path old = TestCertificate.pem(directory.resolve("old.pem"), "RSA PRIVATE KEY", new byte[] {1});
        Path broken = TestCertificate.pem(directory.resolve("broken.pem"), "PRIVATE KEY", new byte[] {1});
        assertUnusable(
                () -> Certificates.fromPem(directory.resolve("missing.pem"), rsa.key), "missing.pem", "cannot be read");
        assertUnusable(() -> Certificates.fromPem(nothing, rsa.key), "nothing.pem", "BEGIN CERTIFICATE");
        assertUnusable(() -> Certificates.fromPem(rsa.chain, nothing), "nothing.pem", "BEGIN PRIVATE KEY");
        assertUnusable(() -> Certificates.fromPem(rsa.chain, old), "old.pem", "openssl pkcs8 -topk8 -nocrypt");
        assertUnusable(() -> Certificates.fromPem(rsa.chain, broken), "broken.pem", "RSA");
        assertUnusable(() -> Certificates.fromPem(rsa.chain, ec.key), "EC-key.pem", "RSA");
        TestCertificate other = new TestCertificate(Files.createDirectory(directory.resolve("other")), "RSA");
        assertUnusable(() -> Certificates.fromPem(rsa.chain, other.key), "RSA-key.pem", "not the key");
        assertUnusable(() -> Certificates.fromPkcs12(rsa.store, "wrong"), "RSA.p12", "password");
        assertUnusable(() -> Certificates.fromPkcs12(nothing, ""), "nothing.pem", "PKCS#12");
    }

    private static void assertUnusable(org.assertj.core.api.ThrowableAssert.ThrowingCallable use, String... said) {
        assertThatThrownBy(use).isInstanceOf(ChangecastException.class).hasMessageContainingAll(said);
    }

    private TestPort port(SSLContext tls) {
        return new TestPort(gateway, settings -> settings.tls(tls));
    }

    private static RawClient connect(TestPort port, TestCertificate trusted, String version) throws Exception {
        SSLSocket socket = (SSLSocket) trusted.client().getSocketFactory().createSocket("127.0.0.1", port.http.port());
        socket.setEnabledProtocols(new String[] {version});
        return new RawClient(socket);
    }
}
