package dev.changecast.server.command;

import dev.changecast.auth.jwt.TokenSigner;
import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import dev.changecast.server.config.Quantities;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code changecast token}: a token that the configured server takes, for tests. */
@Command(
        name = "token",
        description = "Make a test token that a server with this configuration takes, and print it.",
        footer = {
            "",
            "It is signed with auth.jwt.secret, or with the key in --private-key when the server",
            "has a public one. Whoever has it is that user until it expires.",
            "",
            "  changecast token --user 42 --roles admin,clerk --claim tenant=7 --expires 8h"
        },
        mixinStandardHelpOptions = true)
final class TokenCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Map<String, String> environment;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = {"-u", "--user"},
            paramLabel = "ID",
            required = true,
            description = "The user's id.")
    @SuppressWarnings("NullAway.Init")
    private String user;

    @Option(
            names = {"-r", "--roles"},
            paramLabel = "ROLE",
            split = ",",
            description = "The roles, separated by commas. May be given several times.")
    private List<String> roles = List.of();

    @Mixin
    private final ClaimOptions claims = new ClaimOptions();

    @Option(
            names = {"-e", "--expires"},
            paramLabel = "TIME",
            defaultValue = "1h",
            description = "After how long it expires: 30s, 5m, 8h, 7d. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init")
    private String expires;

    @Option(
            names = "--private-key",
            paramLabel = "FILE",
            description = "A PEM file with the private key that signs it (PKCS #8).")
    private @Nullable Path privateKey;

    @Option(names = "--key-id", paramLabel = "ID", description = "How a key set names that key (kid).")
    private @Nullable String keyId;

    @Mixin
    private final ConfigurationOptions configurationOptions = new ConfigurationOptions();

    @Mixin
    private final Verbosity verbosity = new Verbosity();

    TokenCommand(Terminal terminal) {
        this(terminal, System.getenv());
    }

    TokenCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        verbosity.apply();
        Duration lifetime = Quantities.duration(expires)
                .filter(time -> !time.isZero())
                .orElseThrow(() -> wrong("--expires is " + Quantities.DURATION_FORM + ", not " + expires));
        Findings findings = new Findings();
        Optional<Configuration> read = configurationOptions.read(Providers.onClassPath(), environment, findings);
        if (read.isEmpty()) {
            findings.errors().forEach(error -> terminal.error(error.toString()));
            return ExitCode.CONFIGURATION;
        }
        read.get().sources().forEach(source -> source.source().close());
        Configuration.Jwt jwt = read.get().auth().jwt();
        if (jwt == null) {
            terminal.error(
                    read.get().name() + ": auth.jwt: this server takes no tokens; say how they are signed, such as"
                            + " jwt: {secret: ...}");
            return ExitCode.CONFIGURATION;
        }
        Instant end = Instant.now().plus(lifetime).truncatedTo(ChronoUnit.SECONDS);
        TokenSigner.Token token = token(jwt).expiresAt(end);
        terminal.line(token.sign());
        terminal.err().println("of " + user + ", id " + token.id() + ", expires at " + end);
        return ExitCode.OK;
    }

    private TokenSigner.Token token(Configuration.Jwt jwt) {
        try {
            TokenSigner.Token token = signer(jwt).token();
            if (jwt.issuer() != null) {
                token.claim("iss", jwt.issuer());
            }
            if (jwt.audience() != null) {
                token.claim("aud", jwt.audience());
            }
            claims.texts().forEach(token::claimAt);
            claims.lists().forEach(token::claimAt);
            if (!roles.isEmpty()) {
                token.claimAt(jwt.rolesClaim(), roles);
            }
            return token.claimAt(jwt.userClaim(), user);
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private TokenSigner signer(Configuration.Jwt jwt) {
        if (jwt.secret() != null) {
            return TokenSigner.secret(jwt.secret());
        }
        if (privateKey == null) {
            throw wrong("this server verifies tokens with a public key: name the private one with --private-key");
        }
        TokenSigner signer = TokenSigner.privateKey(privateKey);
        return keyId == null ? signer : signer.keyId(keyId);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
