package dev.changecast.server.config;

import static dev.changecast.api.setting.Setting.optional;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.http.grizzly.TrustedProxies;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code server}: the port, who may connect from a page, encryption. */
final class ServerSection {
    static final List<Setting> SETTINGS = List.of(
            optional("host", Type.TEXT, "127.0.0.1", "The address to listen on; 0.0.0.0 for every interface."),
            optional("port", Type.NUMBER, "8080", "The TCP port, 0 to 65535; 0 takes any that is free."),
            optional(
                    "allowed_origins",
                    Type.TEXTS,
                    null,
                    "Origins of web pages that may connect, such as https://app.example.com; * allows all."),
            optional(
                    "allowed_hosts",
                    Type.TEXTS,
                    null,
                    "Names besides localhost by which it may be asked; none on a host that is not loopback: any."),
            optional(
                    "trusted_proxies",
                    Type.TEXTS,
                    null,
                    "Addresses of proxies that are believed whom a request comes from, such as 10.0.0.0/8."),
            optional(
                    "compression",
                    Type.FLAG,
                    "true",
                    "Whether WebSockets compress messages of more than 1 KiB for clients that take that."),
            optional(
                    "ready_within",
                    Type.DURATION,
                    "30s",
                    "How old the last sign of life that came through a source may be before /readyz says no."),
            optional(
                    "share_port",
                    Type.FLAG,
                    "false",
                    "Whether other servers of the same user may listen on this port, so that one takes over from"
                            + " another."),
            optional(
                    "drain_delay",
                    Type.DURATION,
                    "0s",
                    "How long a server that is told to end goes on while /readyz says no already; up to 10m."),
            optional(
                    "drain_over",
                    Type.DURATION,
                    "1s",
                    "Over what time clients are told then that they have to come back; up to 1h."),
            Setting.choice(
                    "metrics",
                    "key",
                    List.of("key", "everyone", "off"),
                    "Who may read /metrics: who has an API key, everyone who reaches the port, or nobody."),
            optional(
                    "tracing",
                    Type.FLAG,
                    "false",
                    "Whether each transaction makes a trace, from its commit to the write to the clients, for the"
                            + " OpenTelemetry agent that the server was started with."));

    private static final Duration MOST_DELAY = Duration.ofMinutes(10);
    private static final Duration MOST_OVER = Duration.ofHours(1);

    static final List<Setting> TLS_SETTINGS = List.of(
            optional("certificate", Type.TEXT, null, "A PEM file with the certificate and its chain."),
            optional("key", Type.TEXT, null, "A PEM file with the certificate's private key (PKCS #8)."),
            optional("keystore", Type.TEXT, null, "A PKCS #12 file with certificate and key, instead of both."),
            optional("password", Type.SECRET, null, "The keystore's password."));

    private final SettingReader settings;
    private final Path base;
    private final Findings findings;

    ServerSection(SettingReader settings, Path base, Findings findings) {
        this.settings = settings;
        this.base = base;
        this.findings = findings;
    }

    /** Origins as the engine wants them. */
    record Read(Configuration.Server server, Set<String> allowedOrigins) {}

    Read read(Entry.Section section) {
        SettingValues values = settings.read(section, SETTINGS, Set.of("tls"));
        long port = Bounds.number(section, values, "port", 0, 65_535, findings);
        Entry tls = section.get("tls");
        Configuration.Server server = new Configuration.Server(
                values.optionalText("host").orElse(""),
                (int) port,
                Bounds.duration(section, values, "ready_within", findings),
                values.flag("compression"),
                tls == null ? null : tls(tls),
                allowedHosts(section, values.texts("allowed_hosts")),
                trustedProxies(section, values.texts("trusted_proxies")),
                values.flag("share_port"),
                new Configuration.Drain(
                        Bounds.most(section, values, "drain_delay", MOST_DELAY, findings),
                        Bounds.most(section, values, "drain_over", MOST_OVER, findings)),
                Configuration.MetricsAccess.valueOf(values.text("metrics").toUpperCase(Locale.ROOT)),
                values.flag("tracing"));
        checkOrigins(section, values.texts("allowed_origins"));
        return new Read(server, Set.copyOf(values.texts("allowed_origins")));
    }

    private void checkOrigins(Entry.Section section, List<String> origins) {
        for (int i = 0; i < origins.size(); i++) {
            if (!origins.get(i).equals("*") && !origins.get(i).matches("https?://[^/\\s]+")) {
                findings.error(
                        section.placeOf("allowed_origins"),
                        section.pathOf("allowed_origins"),
                        shown(section.get("allowed_origins"), i)
                                + " is not an origin: write scheme, host and port without a path, such as"
                                + " https://app.example.com");
            }
        }
    }

    private Set<String> allowedHosts(Entry.Section section, List<String> hosts) {
        for (int i = 0; i < hosts.size(); i++) {
            if (!hosts.get(i).matches("[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+]")) {
                findings.error(
                        section.placeOf("allowed_hosts"),
                        section.pathOf("allowed_hosts"),
                        shown(section.get("allowed_hosts"), i)
                                + " is not the name of a host: write it without scheme, port and path, such as"
                                + " app.example.com");
            }
        }
        return Set.copyOf(hosts);
    }

    private TrustedProxies trustedProxies(Entry.Section section, List<String> proxies) {
        try {
            return TrustedProxies.of(proxies);
        } catch (IllegalArgumentException e) {
            findings.error(section.placeOf("trusted_proxies"), section.pathOf("trusted_proxies"), e.getMessage());
            return TrustedProxies.NONE;
        }
    }

    private static String shown(@Nullable Entry entry, int index) {
        if (entry instanceof Entry.Items list && list.items().get(index) instanceof Entry.Text item) {
            return item.shown();
        }
        return entry instanceof Entry.Text text ? text.shown() : "item " + (index + 1);
    }

    private Configuration.@Nullable Tls tls(Entry entry) {
        if (!(entry instanceof Entry.Section section)) {
            findings.error(
                    entry.place(), entry.path(), "here stands certificate and key, or a keystore, not " + entry.kind());
            return null;
        }
        SettingValues values = settings.read(section, TLS_SETTINGS, Set.of());
        boolean pem = values.optionalText("certificate").isPresent()
                || values.optionalText("key").isPresent();
        boolean store = values.optionalText("keystore").isPresent();
        boolean complete = values.optionalText("certificate").isPresent()
                && values.optionalText("key").isPresent();
        if (pem == store || pem && !complete) {
            findings.error(section.place(), section.path(), "give certificate and key, or else a keystore");
        }
        return new Configuration.Tls(
                file(section, values, "certificate"),
                file(section, values, "key"),
                file(section, values, "keystore"),
                values.optionalText("password").orElse(""));
    }

    private @Nullable Path file(Entry.Section section, SettingValues values, String name) {
        String text = values.optionalText(name).orElse(null);
        if (text == null) {
            return null;
        }
        Path file = base.resolve(text);
        if (!Files.isReadable(file)) {
            findings.error(
                    section.placeOf(name),
                    section.pathOf(name),
                    "the file " + file + " does not exist or is not readable");
        }
        return file;
    }
}
