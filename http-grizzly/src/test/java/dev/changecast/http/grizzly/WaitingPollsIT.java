package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.FakeGateway;
import dev.changecast.transport.longpoll.LongPollTransport;
import java.io.BufferedReader;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** As many waiting polls as there are connections by default, and what they cost. */
@Timeout(120)
class WaitingPollsIT {
    private static final int POLLS = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    void tenThousandPollsWaitWithoutAThreadEachAndAllAreAnswered() throws Exception {
        assumeTrue(
                fileDescriptors() > POLLS + 1000,
                "this process may open " + fileDescriptors() + " files; raise ulimit -n to " + (POLLS + 1000));
        FakeGateway gateway = new FakeGateway(512 * 1024);
        LongPollTransport transport = new LongPollTransport();
        transport.start(gateway);
        try (HttpPort port =
                HttpPort.builder().port(0).servlet("/poll", transport.servlet()).build()) {
            port.start();
            int threads = threads();
            long heap = heap();
            Process clients = clients(port.port());
            try (BufferedReader told = clients.inputReader()) {
                List<FakeGateway.Opened> sessions = new ArrayList<>();
                for (int i = 0; i < POLLS; i++) {
                    sessions.add(gateway.next());
                }
                Eventually.await(
                        "all to wait",
                        PATIENCE,
                        () -> sessions.stream().allMatch(session -> session.signsOfLife() > 0));
                // The workers of the port, which are as many as without polls, and the clock of the transport.
                assertThat(threads()).isLessThan(threads + 10);
                long each = (heap() - heap) / POLLS;
                System.out.println(
                        POLLS + " waiting polls: " + each + " bytes of heap each, " + threads() + " threads");
                assertThat(each).isLessThan(12_000);

                long began = System.nanoTime();
                List<FakeGateway.Written> written = new ArrayList<>();
                sessions.forEach(session -> written.add(session.write("{\"type\":\"change\"}")));
                assertThat(told.readLine()).isEqualTo("answered " + POLLS);
                System.out.println("all answered after "
                        + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms");
                // With their next polls they acknowledge, and wait again.
                Eventually.await(
                        "all to acknowledge",
                        PATIENCE,
                        () -> written.stream().allMatch(batch -> Boolean.TRUE.equals(batch.delivered())));
                assertThat(threads()).isLessThan(threads + 10);

                sessions.forEach(session -> session.connection().close(4501, "draining"));
                assertThat(told.readLine()).isEqualTo("ended " + POLLS + " wrong 0");
                Eventually.await(
                        "all to be over",
                        PATIENCE,
                        () -> sessions.stream().allMatch(session -> session.timesClosed() == 1));
            } finally {
                clients.destroyForcibly();
            }
        } finally {
            transport.close();
        }
    }

    private static Process clients(int port) throws Exception {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        String.join(File.pathSeparator, path.split(File.pathSeparator)),
                        PollingClients.class.getName(),
                        String.valueOf(port),
                        String.valueOf(POLLS))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static long fileDescriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }

    private static int threads() {
        return ManagementFactory.getThreadMXBean().getThreadCount();
    }

    private static long heap() {
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
