package dev.changecast.server.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.server.Main;
import dev.changecast.server.e2e.Printed;
import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process: signals, exit codes, and what is left when it was killed. */
@Timeout(120)
class ProcessIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final List<Process> processes = new ArrayList<>();
    private final int port = freePort();
    private final int postgresPort = freePort();

    @AfterEach
    void end() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void aTerminatedDemoTakesItsDatabaseAlongAndLeavesNothingBehind() throws Exception {
        Process demo = startDemo();
        assertThat(get("/").body()).contains("<title>Changecast demo");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);

        demo.destroy();

        assertThat(demo.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).isEqualTo(143);
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), postgresPort))
                .isInstanceOf(IOException.class);
        assertThat(directory.resolve("postgres/postmaster.pid")).doesNotExist();
    }

    @Test
    void aKilledDemoLeavesADatabaseThatTheNextOneTakesOver() throws Exception {
        Process killed = startDemo();
        killed.destroyForcibly().waitFor();

        Process next = startDemo();

        assertThat(get("/demo/workstations").body()).contains("1-01");
        next.destroy();
        assertThat(next.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aSecondDemoInTheSameDirectoryIsRefused() throws Exception {
        startDemo();

        Process second = run("demo", "--port", "0", "--directory", directory.toString());

        assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(5);
        assertThat(second.inputReader().lines())
                .contains("changecast: another demo is running in " + directory
                        + ": end it, or give this one another --directory");
        assertThat(get("/demo/workstations").statusCode()).isEqualTo(200);
    }

    @Test
    void tailPrintsWhatHappensInTheOffice() throws Exception {
        startDemo();
        Process tail = run("tail", "workstations", "--url", "ws://127.0.0.1:" + port + "/ws");

        String line = Printed.awaitLine(tail, "workstations id=");

        assertThat(line).matches(".*(insert|update|delete) +workstations id=\\d+ .* tx \\d+");
        // Of the handle, which leaves what was printed readable.
        tail.toHandle().destroy();
        assertThat(tail.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(tail.exitValue()).isEqualTo(143);
        assertThat(tail.inputReader().lines()).anyMatch(text -> text.startsWith("To go on from here: --since pg="));
    }

    @Test
    void aServerWhoseDatabaseIsDownStaysUpAndSaysSo() throws Exception {
        Path configuration = Files.writeString(directory.resolve("changecast.yaml"), """
                server: { port: %d }
                auth: { anonymous: true }
                history: { directory: history }
                sources:
                  pg: { type: postgres, url: "jdbc:postgresql://127.0.0.1:%d/nothing", user: u, password: topsecret }
                routes:
                  - { from: pg/public.users, read: everyone }
                """.formatted(port, postgresPort));
        Process server = run("serve", "--config", configuration.toString());

        String failure = Printed.awaitLine(server, "pg failed");

        assertThat(failure).contains("127.0.0.1:" + postgresPort).doesNotContain("topsecret");
        // The source begins before the port is open.
        Eventually.await("an answer", Duration.ofSeconds(30), () -> listens(port));
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        assertThat(get("/readyz").body()).contains("\"state\":\"failed\"").doesNotContain("topsecret");
        server.toHandle().destroy();
        assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(server.exitValue()).isEqualTo(143);
        assertThat(server.inputReader().lines()).anyMatch(line -> line.contains("stopped in"));
    }

    private Process startDemo() throws IOException {
        Process demo = run(
                "demo",
                "--port",
                Integer.toString(port),
                "--postgres-port",
                Integer.toString(postgresPort),
                "--directory",
                directory.toString());
        Printed.awaitLine(demo, "Ctrl-C ends it");
        return demo;
    }

    private Process run(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        processes.add(process);
        return process;
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
