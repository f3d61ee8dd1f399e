package dev.changecast.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.auth.jwt.JwtAuthenticator;
import dev.changecast.core.Authentication;
import dev.changecast.core.Identity;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code changecast token}. */
class TokenCommandTest {
    private static final String SECRET = "not-to-be-shown-0123456789-0123456789";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private int run(String auth, String... arguments) throws IOException {
        Path file = Files.writeString(directory.resolve("changecast.yaml"), """
                auth: %s
                sources: { pg: { type: postgres, url: "jdbc:postgresql://127.0.0.1:1/x" } }
                routes:
                  - { from: pg/public.orders, read: { roles: [admin] } }
                """.formatted(auth));
        List<String> all = new ArrayList<>(List.of("--config", file.toString()));
        all.addAll(List.of(arguments));
        Terminal terminal = new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false, false);
        return new CommandLine(new TokenCommand(terminal, Map.of()))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(new String[0]));
    }

    private Authentication.Accepted accepted(JwtAuthenticator authenticator) {
        Authentication found = authenticator.examine(out.toString().strip());
        assertThat(found).isInstanceOf(Authentication.Accepted.class);
        return (Authentication.Accepted) found;
    }

    @Test
    void aTokenIsWhatTheConfiguredServerTakes() throws IOException {
        int exit = run(
                "{ jwt: { secret: " + SECRET
                        + ", issuer: me, audience: us, user_claim: uid, roles_claim: realm.roles } }",
                "--user",
                "42",
                "--roles",
                "admin,clerk",
                "--claim",
                "tenant=7",
                "--claim",
                "tenants=[7, 8]",
                "--claim",
                "none=[]",
                "--expires",
                "5m");
        assertThat(exit).as(err.toString()).isZero();
        Authentication.Accepted accepted = accepted(JwtAuthenticator.builder()
                .secret(SECRET)
                .issuer("me")
                .audience("us")
                .userClaim("uid")
                .rolesClaim("realm.roles")
                .build());
        Identity identity = accepted.identity();
        assertThat(identity.user()).isEqualTo("42");
        assertThat(identity.roles()).containsExactlyInAnyOrder("admin", "clerk");
        assertThat(identity.claims()).containsEntry("tenant", "7");
        assertThat(identity.lists()).containsEntry("tenants", List.of("7", "8")).containsEntry("none", List.of());
        assertThat(Duration.between(Instant.now(), accepted.expiresAt()))
                .isBetween(Duration.ofMinutes(4), Duration.ofMinutes(6));
        assertThat(accepted.token()).isNotNull();
        assertThat(err.toString()).contains("of 42, id " + accepted.token().id());
        assertThat(out.toString() + err).doesNotContain(SECRET);
    }

    @Test
    void aServerWithAPublicKeyNeedsThePrivateOne() throws Exception {
        KeyPair pair = ed25519();
        Path publicKey = pem("PUBLIC KEY", pair.getPublic().getEncoded());
        Path privateKey = pem("PRIVATE KEY", pair.getPrivate().getEncoded());
        String auth = "{ jwt: { public_key: \"" + publicKey + "\" } }";
        assertThat(run(auth, "--user", "42")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--private-key");
        assertThat(run(auth, "--user", "42", "--private-key", privateKey.toString()))
                .isZero();
        accepted(JwtAuthenticator.builder().publicKey(publicKey).build());
    }

    private static KeyPair ed25519() throws NoSuchAlgorithmException {
        return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    }

    private Path pem(String label, byte[] encoded) throws IOException {
        return Files.writeString(
                directory.resolve(label.charAt(1) + ".pem"),
                "-----BEGIN " + label + "-----\n" + Base64.getEncoder().encodeToString(encoded) + "\n-----END " + label
                        + "-----\n");
    }

    @Test
    void aServerWithoutTokensHasNoneToMake() throws IOException {
        assertThat(run("{ anonymous: true }", "--user", "42")).isEqualTo(ExitCode.CONFIGURATION);
        assertThat(err.toString()).contains("auth.jwt: this server takes no tokens");
    }

    @Test
    void aTimeHasAUnit() throws IOException {
        for (String wrong : List.of("60", "soon", "0s")) {
            assertThat(run("{ jwt: { secret: " + SECRET + " } }", "--user", "42", "--expires", wrong))
                    .isEqualTo(ExitCode.USAGE);
        }
        assertThat(err.toString()).contains("a number with a unit");
        assertThat(out.toString()).isEmpty();
    }
}
