package dev.changecast.server.config;

import static dev.changecast.api.setting.Setting.optional;
import static dev.changecast.api.setting.Setting.required;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.ingress.redis.RedisIngress;
import dev.changecast.ingress.redis.RedisServer;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code redis_pubsub}: the Redis whose channels messages are taken from. */
final class RedisSection {
    static final List<Setting> SETTINGS = List.of(
            required("url", Type.SECRET, "The Redis: redis://host:6379, or rediss://host:6379 with TLS."),
            optional("user", Type.TEXT, null, "Who logs in; Redis' default user when none is given."),
            optional("password", Type.SECRET, null, "The password, where Redis wants one."),
            optional("prefix", Type.TEXT, "websocket:", "How the names of the channels begin."),
            optional(
                    "queue_bytes",
                    Type.BYTES,
                    "8MiB",
                    "How much may wait for the log; what is more is dropped, and counted; 64KiB to 1GiB."));

    private final SettingReader settings;
    private final Findings findings;

    RedisSection(SettingReader settings, Findings findings) {
        this.settings = settings;
        this.findings = findings;
    }

    /** Null when there is none, or nothing that can be used. */
    Configuration.@Nullable RedisPubSub read(@Nullable Entry entry) {
        if (entry == null) {
            return null;
        }
        if (!(entry instanceof Entry.Section section)) {
            findings.error(
                    entry.place(),
                    entry.path(),
                    "here stands which Redis to subscribe to, such as {url: \"redis://localhost:6379\"}, not "
                            + entry.kind());
            return null;
        }
        SettingValues values = settings.read(section, SETTINGS, Set.of());
        long queueBytes = Bounds.number(section, values, "queue_bytes", 64 << 10, 1 << 30, findings);
        RedisServer server = server(section, values);
        if (server == null) {
            return null;
        }
        try {
            RedisIngress.from(server).prefix(values.text("prefix"));
        } catch (IllegalArgumentException e) {
            findings.error(section.placeOf("prefix"), section.pathOf("prefix"), e.getMessage());
        }
        return new Configuration.RedisPubSub(server, values.text("prefix"), queueBytes);
    }

    private @Nullable RedisServer server(Entry.Section section, SettingValues values) {
        String url = values.optionalText("url").orElse(null);
        if (url == null) {
            return null;
        }
        RedisServer server;
        try {
            server = RedisServer.of(url);
        } catch (IllegalArgumentException e) {
            findings.error(section.placeOf("url"), section.pathOf("url"), e.getMessage());
            return null;
        }
        String user =
                values.optionalText("user").filter(text -> !text.isEmpty()).orElse(null);
        String password =
                values.optionalText("password").filter(text -> !text.isEmpty()).orElse(null);
        if (user == null && password == null) {
            return server;
        }
        if (server.hasLogin()) {
            findings.error(
                    section.placeOf("password"),
                    section.path(),
                    "the login stands in the url too: leave it out of one of them");
        } else if (password == null) {
            findings.error(section.placeOf("user"), section.pathOf("user"), "a user has a password: give it too");
        }
        return server.login(user, password);
    }
}
