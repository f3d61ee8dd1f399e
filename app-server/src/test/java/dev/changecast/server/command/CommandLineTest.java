package dev.changecast.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person at the prompt gets, and what a script gets as exit code. */
class CommandLineTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private int run(String... arguments) {
        return ChangecastCommand.run(
                new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false, false), arguments);
    }

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("changecast.yaml"), text);
    }

    @Test
    void helpTellsTheCommandsAndTheExitCodes() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("demo", "serve", "check", "tail", "publish", "token", "Exit codes: 0 ok");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void eachCommandHasItsHelp() {
        for (String command : new String[] {
            "demo",
            "serve",
            "check",
            "explain",
            "tail",
            "publish",
            "token",
            "postgres",
            "drain",
            "log-level",
            "settings",
            "completion"
        }) {
            out.getBuffer().setLength(0);
            assertThat(run(command, "--help")).isZero();
            assertThat(out.toString()).startsWith("Usage: changecast " + command);
        }
    }

    @Test
    void versionTellsTheJavaToo() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).startsWith("changecast ").contains("Java " + Runtime.version());
    }

    @Test
    void withoutACommandTheUsageIsWrong() {
        assertThat(run()).isEqualTo(2);
        assertThat(err)
                .hasToString("changecast: a command is missing: demo, serve, check, explain, tail, publish, token,"
                        + " postgres, drain, log-level, settings or completion\n"
                        + "Try 'changecast --help'.\n");
    }

    @Test
    void theFunctionForNotificationsIsPrinted() {
        assertThat(run("postgres", "notify-function")).isZero();
        assertThat(out.toString())
                .contains("CREATE OR REPLACE FUNCTION changecast.notify(")
                .contains("REVOKE ALL ON FUNCTION changecast.notify FROM PUBLIC");
        assertThat(run("postgres")).isEqualTo(2);
        assertThat(err.toString()).contains("a command is missing: install, status, uninstall or notify-function");
    }

    @Test
    void aMistypedCommandIsGuessed() {
        assertThat(run("serv")).isEqualTo(2);
        assertThat(err)
                .hasToString("changecast: Unmatched argument at index 0: 'serv'\n"
                        + "Did you mean: changecast serve or changecast settings?\n"
                        + "Try 'changecast --help'.\n");
    }

    @Test
    void aMistypedOptionIsGuessed() {
        assertThat(run("serve", "--confg", "x.yaml")).isEqualTo(2);
        assertThat(err.toString()).contains("Unknown option", "--confg", "Possible solutions: --config");
    }

    @Test
    void aPortThatIsNoneIsWrongUsage() {
        assertThat(run("demo", "--port", "70000")).isEqualTo(2);
        assertThat(err.toString()).startsWith("changecast: --port is a port from 0 to 65535, not 70000\n");
    }

    @Test
    void aFilterThatIsNoObjectIsWrongUsage() {
        assertThat(run("tail", "users", "--filter", "[1]")).isEqualTo(2);
        assertThat(err.toString()).startsWith("changecast: --filter is a JSON object such as");
    }

    @Test
    void anAddressThatIsNoWebSocketIsWrongUsage() {
        assertThat(run("tail", "users", "--url", "http://127.0.0.1/")).isEqualTo(2);
        assertThat(err.toString()).contains("--url is the address of a WebSocket, such as ws://127.0.0.1:8080/ws");
    }

    @Test
    void aFileThatIsNotThereIsAConfigurationError() {
        Path missing = directory.resolve("none.yaml");

        assertThat(run("serve", "--config", missing.toString())).isEqualTo(3);
        assertThat(err).hasToString("changecast: " + missing + ": there is no such file: name one with --config\n");
    }

    @Test
    void checkListsWhatIsWrongInTheConfiguration() throws IOException {
        Path file = file("server: { prot: 1 }\n");

        assertThat(run("check", "--config", file.toString())).isEqualTo(3);
        assertThat(out.toString())
                .contains("✗ " + file + ":1:11: server.prot: there is no such setting; did you mean 'port'?\n")
                .contains("✗ " + file + ":1:1: sources: there is no source")
                .endsWith("so databases, history and port were not looked at.\n");
    }

    @Test
    void checkFindsADatabaseThatIsDownAPortInUseAndAnUnusableDirectoryAtOnce() throws IOException {
        Path blocked = Files.writeString(directory.resolve("blocked"), "a file");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Path file = file(configuration(taken.getLocalPort(), blocked.toString()));

            assertThat(run("check", "--config", file.toString())).isEqualTo(4);
            assertThat(out.toString())
                    .contains("✓ configuration " + file)
                    .contains("✗ source pg: ")
                    .contains("✗ the history directory " + blocked + "/history cannot be made: " + blocked
                            + " is not a directory; set history.directory\n")
                    .contains("✗ cannot listen on 127.0.0.1:" + taken.getLocalPort()
                            + ": the port is in use; stop what uses it, or set server.port (0 takes any that"
                            + " is free)\n")
                    .endsWith("3 problems.\n")
                    .doesNotContain("topsecret");
        }
    }

    @Test
    void checkLooksIntoCertificates() throws IOException {
        Files.writeString(directory.resolve("cert.pem"), "no certificate");
        Files.writeString(directory.resolve("key.pem"), "no key");
        Path file = file(configuration(0, directory.toString())
                .replace("port: 0", "port: 0, tls: { certificate: cert.pem, key: key.pem }"));

        assertThat(run("check", "--config", file.toString())).isEqualTo(4);
        assertThat(out.toString()).contains("✗ the TLS file " + directory.resolve("cert.pem") + " ");
    }

    @Test
    void serveEndsAtOnceWhenThePortIsInUse() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Path file = file(configuration(taken.getLocalPort(), directory.toString()));

            assertThat(run("serve", "--config", file.toString())).isEqualTo(5);
            assertThat(err)
                    .hasToString("changecast: cannot listen on 127.0.0.1:" + taken.getLocalPort()
                            + ": the port is in use; stop what uses it, or set server.port (0 takes any that"
                            + " is free)\n");
        }
    }

    @Test
    void tailSaysThatNothingAnswers() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }

        assertThat(run("tail", "users", "--url", "ws://127.0.0.1:" + free + "/ws"))
                .isEqualTo(6);
        assertThat(err).hasToString("changecast: cannot reach ws://127.0.0.1:" + free + "/ws: nothing answers there\n");
    }

    private static String configuration(int port, String directory) {
        return """
            server: { port: %d }
            auth: { anonymous: true }
            history: { directory: "%s/history" }
            sources:
              pg: { type: postgres, url: "jdbc:postgresql://127.0.0.1:1/nothing", user: u, password: topsecret }
            routes:
              - { from: pg/public.users, read: everyone }
            """.formatted(port, directory);
    }
}
