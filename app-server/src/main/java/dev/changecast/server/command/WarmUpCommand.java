package dev.changecast.server.command;

import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.ConfigurationReader;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import dev.changecast.server.serve.Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code changecast warm-up}: starts a server that serves nothing, asks it, and ends it. The launcher makes an archive of
 * the classes that this loads, which later starts map instead of reading them one by one.
 */
@Command(name = "warm-up", hidden = true, description = "Load what a start needs, for an archive of classes.")
final class WarmUpCommand implements Callable<Integer> {
    /** A database that is not there shows the way to one, too. */
    private static final String CONFIGURATION = """
        server: { host: 127.0.0.1, port: 0 }
        auth: { anonymous: true, api_keys: [00000000000000000000] }
        history: { directory: none, memory: 1MiB }
        sources:
          pg: { type: postgres, url: "jdbc:postgresql://127.0.0.1:1/none", user: none, password: none }
        routes:
          - { from: pg/public.none, read: everyone, rows: { tenant: "{claims.tenant}" }, push: ["role:none"] }
        """;

    private final Terminal terminal;

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    WarmUpCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        verbosity.apply();
        Providers providers = Providers.onClassPath();
        Findings findings = new Findings();
        Configuration configuration = new ConfigurationReader(providers, Map.of(), findings)
                .read("warm-up", CONFIGURATION, Path.of("."))
                .orElseThrow(() -> new IllegalStateException(findings.errors().toString()));
        try (Server server = Server.of(configuration, providers, Map.of())) {
            server.start();
            terminal.line(ask(server, "/readyz"));
            terminal.line(ask(server, "/events?collection=none"));
        }
        return ExitCode.OK;
    }

    private static String ask(Server server, String path) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(5000);
            String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] first = new byte[200];
            int length = Math.max(0, socket.getInputStream().read(first));
            return new String(first, 0, length, StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("");
        }
    }
}
