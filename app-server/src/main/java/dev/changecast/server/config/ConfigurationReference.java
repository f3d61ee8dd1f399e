package dev.changecast.server.config;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.source.ChangeSourceProvider;
import dev.changecast.api.transport.TransportProvider;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Every setting that this server has, as its parts describe them, those of plug-ins among them; in Markdown. */
public final class ConfigurationReference {
    private static final String HEAD = """
        # Every setting

        Made by `changecast settings` from what the server itself reads; with plug-ins in place it tells theirs, too. What the sections are for, and
        what they bring about, is in [configuration.md](configuration.md).

        A setting can be given by an environment variable, named after it: `CHANGECAST_SERVER_PORT` is `server.port`,
        `CHANGECAST_SOURCES_PG_PASSWORD` is `sources.pg.password`. Lists are separated by commas there.
        """;

    private static final String READERS = "`everyone`, `authenticated`, `{roles: [...]}`, `{users: [...]}`";

    private static final String NOBODY = "nobody";

    /** What stands for a default that is no value. */
    private static final Set<String> WORDS = Set.of("required", "none", "all", NOBODY);

    private final StringBuilder text = new StringBuilder(HEAD);

    private ConfigurationReference() {}

    /** The whole reference. */
    public static String of(Providers providers) {
        ConfigurationReference reference = new ConfigurationReference();
        reference.section("server", ServerSection.SETTINGS);
        reference.section("server.tls", ServerSection.TLS_SETTINGS);
        reference.section("log", LogSection.SETTINGS);
        reference.section("auth", AuthSection.SETTINGS);
        reference.section("auth.jwt", AuthSection.JWT_SETTINGS);
        reference.section("limits", EngineSections.LIMITS);
        reference.section("history", EngineSections.HISTORY);
        reference.section("notifications", EngineSections.NOTIFICATIONS);
        for (TransportProvider transport : providers.transports()) {
            reference.section("transports." + transport.type(), transport.settings());
        }
        for (ChangeSourceProvider source : providers.sources()) {
            reference.section("sources.<name>, type: " + source.type(), source.settings());
        }
        reference.section("routes[]", RoutesSection.SETTINGS);
        reference.row("read", READERS, NOBODY, "Who may subscribe.");
        reference.row("event", "text, or a text for each action", "change", "The type of the messages.");
        reference.row(
                "rows",
                "filter",
                "all",
                "Which rows readers see; `{user}` and `{claims.name}` stand for the reader's.");
        reference.row(
                "push",
                "list of addresses or `{to, when, priority}`",
                "none",
                "Who gets changes without a subscription.");
        reference.section("rooms[]", SocialSections.ROOMS);
        reference.row("join", READERS, NOBODY, "Who may join.");
        reference.row("send", READERS, NOBODY, "Who may send to it.");
        reference.section("presence", SocialSections.PRESENCE);
        reference.row("read", READERS, NOBODY, "Who may see who is online.");
        reference.section("chat", List.of());
        reference.row("send", READERS, NOBODY, "Which users may write to others.");
        reference.section("redis_pubsub", RedisSection.SETTINGS);
        reference.section("dashboard", DashboardSection.SETTINGS);
        return reference.text.toString();
    }

    private void section(String name, List<Setting> settings) {
        text.append("\n## `").append(name).append("`\n\n| key | form | default | |\n|---|---|---|---|\n");
        for (Setting setting : settings) {
            String fallback =
                    setting.required() ? "required" : setting.fallback() == null ? "none" : setting.fallback();
            row(setting.name(), form(setting), fallback, setting.description());
        }
    }

    private void row(String key, String form, String fallback, String description) {
        text.append("| `").append(key).append("` | ").append(form).append(" | ");
        text.append(WORDS.contains(fallback) ? fallback : "`" + fallback + "`");
        text.append(" | ").append(Character.toUpperCase(description.charAt(0)));
        text.append(description.substring(1).replace("|", "\\|")).append(" |\n");
    }

    private static String form(Setting setting) {
        if (!setting.choices().isEmpty()) {
            return "`" + String.join("`, `", setting.choices()) + "`";
        }
        return switch (setting.type()) {
            case TEXTS -> "list of texts";
            case SECRETS -> "list of secrets";
            default -> setting.type().name().toLowerCase(Locale.ROOT);
        };
    }
}
