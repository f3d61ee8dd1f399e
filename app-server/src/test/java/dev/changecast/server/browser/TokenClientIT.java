package dev.changecast.server.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.auth.jwt.TokenSigner;
import dev.changecast.server.e2e.FreePort;
import dev.changecast.server.e2e.ServerProcess;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The client renews its token at the real server, and stops when that is revoked. */
class TokenClientIT {
    private static final String SECRET = "s-0123456789-0123456789-0123456789";
    private static final String KEY = "k-0123456789-0123456789";
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path directory;

    @Test
    void theClientsTestsWithTokensPass() throws Exception {
        Path node = NodeJs.assumeRecent();
        int port = FreePort.get();
        try (ServerProcess server =
                ServerProcess.startWith(directory.resolve("server"), port, """
                server: { port: %d }
                auth: { jwt: { secret: "%s", leeway: 0s }, api_keys: ["%s"] }
                limits: { heartbeat: 1s }
                history: { directory: none }
                """.formatted(port, SECRET, KEY))) {
            server.awaitAlive();
            Path output = directory.resolve("output");
            ProcessBuilder builder = new ProcessBuilder(
                            node.toString(), "--test", "--test-reporter=tap", "tests/token.test.js")
                    .directory(new File("../client-js"))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().put("CHANGECAST_TOKEN_SERVER", "http://127.0.0.1:" + port);
            builder.environment().put("CHANGECAST_API_KEY", KEY);
            ObjectNode tokens = JSON.createObjectNode();
            tokens.set("connected", tokensOf("ada"));
            tokens.set("polling", tokensOf("grace"));
            builder.environment().put("CHANGECAST_TOKENS", tokens.toString());
            Process tests = builder.start();
            try {
                assertThat(tests.waitFor(150, TimeUnit.SECONDS))
                        .as("it ends; so far:\n%s", Files.readString(output))
                        .isTrue();
            } finally {
                tests.descendants().forEach(ProcessHandle::destroyForcibly);
                tests.destroyForcibly();
            }
            assertThat(tests.exitValue()).as(Files.readString(output)).isZero();
            assertThat(Files.readString(output)).contains("# fail 0", "# skipped 0");
        }
    }

    private static ObjectNode tokensOf(String user) {
        return JSON.createObjectNode()
                .put("user", user)
                // Long enough for a client that polls after three tries of a WebSocket.
                .put("brief", token(user, 15))
                .put("long", token(user, 3600));
    }

    private static String token(String user, int seconds) {
        return TokenSigner.secret(SECRET)
                .token()
                .claim("sub", user)
                .expiresAt(Instant.now().plusSeconds(seconds))
                .sign();
    }
}
