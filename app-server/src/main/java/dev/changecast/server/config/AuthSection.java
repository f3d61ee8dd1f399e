package dev.changecast.server.config;

import static dev.changecast.api.setting.Setting.optional;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code auth}: who may connect, and which servers may use the HTTP API. */
final class AuthSection {
    static final List<Setting> SETTINGS = List.of(
            optional("anonymous", Type.FLAG, "false", "Whether who shows no token may connect, without a user."),
            optional(
                    "api_keys",
                    Type.SECRETS,
                    null,
                    "Keys of the servers that may use the HTTP API, each 20 characters at least; without one nobody may."),
            optional(
                    "time_limit",
                    Type.DURATION,
                    "10s",
                    "How long a client may take to send its token as a message; 100ms to 5m."));

    static final List<Setting> JWT_SETTINGS = List.of(
            optional("secret", Type.SECRET, null, "What tokens are signed with (HS256), 32 bytes at least."),
            optional(
                    "public_key",
                    Type.TEXT,
                    null,
                    "A PEM file with the public key that verifies tokens (RS256, ES256, EdDSA), instead."),
            optional("jwks_uri", Type.TEXT, null, "Where an identity provider publishes such keys, instead."),
            optional("jwks_cache", Type.DURATION, "10m", "After this time those keys are fetched again; 10s to 7d."),
            optional("issuer", Type.TEXT, null, "Who must have issued tokens (iss)."),
            optional("audience", Type.TEXT, null, "Whom tokens must be for (aud)."),
            optional("leeway", Type.DURATION, "10s", "How far the clocks of issuer and server may differ; up to 5m."),
            optional("user_claim", Type.TEXT, "sub", "The claim with the user's id; dots lead into objects."),
            optional("roles_claim", Type.TEXT, "roles", "The claim with the roles, a list or a text; dots as above."));

    private static final List<String> KEYS = List.of("secret", "public_key", "jwks_uri");

    private final SettingReader settings;
    private final Path base;
    private final Findings findings;

    AuthSection(SettingReader settings, Path base, Findings findings) {
        this.settings = settings;
        this.base = base;
        this.findings = findings;
    }

    Configuration.Auth read(Entry.Section section) {
        Later.refuse(section, Later.AUTH, findings);
        Set<String> others = new HashSet<>(Later.AUTH.keySet());
        others.add("jwt");
        SettingValues values = settings.read(section, SETTINGS, others);
        boolean anonymous = values.flag("anonymous");
        Entry written = section.get("jwt");
        Configuration.Jwt jwt = written == null ? null : jwt(written);
        if (!anonymous && written == null) {
            findings.error(
                    section.placeOf("anonymous"),
                    "auth",
                    "nobody could connect: say how tokens are signed, such as jwt: {secret: ...}, or write anonymous:"
                            + " true, and route only what everybody may see");
        }
        List<String> keys = values.texts("api_keys");
        ApiKeys.problem(keys)
                .ifPresent(problem -> findings.error(section.placeOf("api_keys"), "auth.api_keys", problem));
        Duration limit = values.duration("time_limit");
        if (limit.toMillis() < 100 || limit.compareTo(Duration.ofMinutes(5)) > 0) {
            findings.error(
                    section.placeOf("time_limit"), section.pathOf("time_limit"), "it is out of bounds: 100ms to 5m");
            limit = Duration.ofSeconds(10);
        }
        return new Configuration.Auth(anonymous, jwt, ApiKeys.of(keys), limit);
    }

    private Configuration.@Nullable Jwt jwt(Entry entry) {
        if (!(entry instanceof Entry.Section section)) {
            findings.error(
                    entry.place(),
                    entry.path(),
                    "here stands how tokens are signed, such as {secret: ...}, not " + entry.kind());
            return null;
        }
        SettingValues values = settings.read(section, JWT_SETTINGS, Set.of());
        List<String> given = KEYS.stream()
                .filter(key -> values.optionalText(key).isPresent())
                .toList();
        if (given.size() != 1) {
            findings.error(
                    section.place(),
                    section.path(),
                    "give one of secret, public_key and jwks_uri"
                            + (given.isEmpty() ? "" : ", not " + String.join(" and ", given)));
            return null;
        }
        Duration cache = values.duration("jwks_cache");
        if (cache.toSeconds() < 10 || cache.toDays() > 7) {
            findings.error(
                    section.placeOf("jwks_cache"), section.pathOf("jwks_cache"), "it is out of bounds: 10s to 7d");
        }
        if (section.get("jwks_cache") != null && !given.contains("jwks_uri")) {
            findings.error(
                    section.placeOf("jwks_cache"), section.pathOf("jwks_cache"), "it goes with jwks_uri, not alone");
        }
        Optional<URI> uri = uri(section, values);
        if (findings.hasErrorUnder(section.path())) {
            return null;
        }
        Configuration.Jwt jwt = new Configuration.Jwt(
                values.optionalText("secret").orElse(null),
                values.optionalText("public_key").map(base::resolve).orElse(null),
                uri.orElse(null),
                cache,
                values.optionalText("issuer").orElse(null),
                values.optionalText("audience").orElse(null),
                values.duration("leeway"),
                values.text("user_claim"),
                values.text("roles_claim"));
        try {
            jwt.authenticator();
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            String key = message.contains("leeway") ? "leeway" : given.get(0);
            findings.error(section.placeOf(key), section.pathOf(key), message);
        }
        return jwt;
    }

    private Optional<URI> uri(Entry.Section section, SettingValues values) {
        try {
            return values.optionalText("jwks_uri").map(URI::create);
        } catch (IllegalArgumentException e) {
            findings.error(section.placeOf("jwks_uri"), section.pathOf("jwks_uri"), "this is no address");
            return Optional.empty();
        }
    }
}
