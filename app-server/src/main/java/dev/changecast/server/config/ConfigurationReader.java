package dev.changecast.server.config;

import dev.changecast.api.setting.SettingValues;
import dev.changecast.core.History;
import dev.changecast.core.Notifications;
import dev.changecast.core.RoomLimits;
import dev.changecast.core.Route;
import dev.changecast.server.log.LogSettings;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads a whole configuration and finds everything that is wrong with it. */
public final class ConfigurationReader {
    static final List<String> SECTIONS = List.of(
            "server",
            "log",
            "auth",
            "limits",
            "history",
            "notifications",
            "sources",
            "transports",
            "routes",
            "rooms",
            "presence",
            "chat",
            "redis_pubsub",
            "dashboard");

    private final Providers providers;
    private final Map<String, String> environment;
    private final Findings findings;
    private final SettingReader settings;

    /** @param findings receives what is wrong */
    public ConfigurationReader(Providers providers, Map<String, String> environment, Findings findings) {
        this.providers = providers;
        this.environment = Map.copyOf(environment);
        this.findings = findings;
        this.settings = new SettingReader(findings);
    }

    /** What a file says, changed by the environment; empty when there were errors. */
    public Optional<Configuration> read(Path file) {
        try {
            return read(file.toString(), Files.readString(file), base(file));
        } catch (NoSuchFileException e) {
            findings.error(Place.of(file.toString()), "", "there is no such file: name one with --config");
        } catch (CharacterCodingException e) {
            findings.error(Place.of(file.toString()), "", "the file is not text in UTF-8");
        } catch (IOException e) {
            findings.error(Place.of(file.toString()), "", "the file cannot be read: " + e.getMessage());
        }
        return Optional.empty();
    }

    /**
     * What a text says.
     *
     * @param name what to call it in messages
     * @param base the directory that relative paths are relative to
     */
    public Optional<Configuration> read(String name, String text, Path base) {
        Entry.Section root = YamlReader.file(name, text, environment, findings);
        new EnvironmentOverrides(environment, providers, findings).apply(root);
        settings.refuseUnknown(root, SECTIONS);

        ServerSection.Read server = new ServerSection(settings, base, findings).read(section(root, "server"));
        LogSettings log = new LogSection(settings, base, findings).read(section(root, "log"));
        Map<String, SettingValues> transports =
                new TransportsSection(settings, providers, findings).read(section(root, "transports"));
        Configuration.Auth auth = new AuthSection(settings, base, findings).read(section(root, "auth"));
        EngineSections engine = new EngineSections(settings, findings);
        EngineSections.Read limits = engine.limits(section(root, "limits"), server.allowedOrigins());
        History history = engine.history(section(root, "history"), base);
        Notifications notifications = engine.notifications(section(root, "notifications"));
        List<Configuration.Source> sources =
                new SourcesSection(settings, providers, findings).read(section(root, "sources"));
        Configuration.RedisPubSub redis = new RedisSection(settings, findings).read(root.get("redis_pubsub"));
        Configuration.Dashboard dashboard =
                new DashboardSection(settings, findings).read(section(root, "dashboard"), auth.jwt() != null);
        List<Route> routes = routes(root, sources, auth);
        Configuration.Social social = social(root, limits.rooms());

        if (findings.errors().isEmpty()) {
            return Optional.of(new Configuration(
                    name,
                    server.server(),
                    log,
                    transports,
                    auth,
                    limits.engine(),
                    limits.port(),
                    history,
                    notifications,
                    sources,
                    routes,
                    social,
                    redis,
                    dashboard));
        }
        sources.forEach(source -> source.source().close());
        return Optional.empty();
    }

    private Configuration.Social social(Entry.Section root, RoomLimits limits) {
        SocialSections sections = new SocialSections(settings, findings);
        return new Configuration.Social(
                sections.rooms(root.get("rooms")),
                limits,
                sections.presence(section(root, "presence")),
                sections.chat(section(root, "chat")));
    }

    private List<Route> routes(Entry.Section root, List<Configuration.Source> sources, Configuration.Auth auth) {
        Entry.Section written = section(root, "sources");
        // Where services may publish, or people may talk, there is something to show without a source.
        boolean talks = !auth.apiKeys().isEmpty()
                || Stream.of("rooms", "chat", "redis_pubsub").anyMatch(name -> root.get(name) != null);
        if (talks && written.isEmpty() && root.get("routes") == null) {
            return List.of();
        }
        if (written.isEmpty()) {
            findings.error(
                    root.placeOf("sources"),
                    "sources",
                    "there is no source, so nothing to show: write one, such as pg: {type: postgres, ...}");
        }
        Entry entry = root.get("routes");
        if (entry == null || entry instanceof Entry.Items items && items.items().isEmpty()) {
            findings.error(
                    root.placeOf("routes"),
                    "routes",
                    "there is no route, so nobody sees anything: write one, such as - {from: pg/public.users, read:"
                            + " everyone}");
            return List.of();
        }
        List<Route> routes = new RoutesSection(settings, findings).read(entry, Set.copyOf(written.keys()));
        warnOfUseless(routes, entry, auth.jwt() == null);
        warnOfUnrouted(routes, sources, root);
        return routes;
    }

    private void warnOfUseless(List<Route> routes, Entry entry, boolean allAnonymous) {
        for (Route route : routes) {
            if (route.read() == null) {
                findings.warning(
                        entry.place(), "routes", "'" + route.from() + "' has no 'read', so it shows nothing by itself");
            } else if (allAnonymous && !route.read().everyone()) {
                findings.warning(
                        entry.place(),
                        "routes",
                        "'" + route.from() + "' is for certain users, and without auth.jwt every session is anonymous");
            }
        }
    }

    private void warnOfUnrouted(List<Route> routes, List<Configuration.Source> sources, Entry.Section root) {
        Set<String> routed = routes.stream()
                .map(route -> route.from().substring(0, route.from().indexOf('/')))
                .collect(Collectors.toSet());
        for (Configuration.Source source : sources) {
            if (!routed.contains(source.name())) {
                findings.warning(
                        root.placeOf("sources"), "sources." + source.name(), "no route shows anything of this source");
            }
        }
    }

    private Entry.Section section(Entry.Section root, String name) {
        Entry entry = root.get(name);
        if (entry instanceof Entry.Section section) {
            return section;
        }
        if (entry != null) {
            findings.error(entry.place(), name, "here stands a section with keys, not " + entry.kind());
        }
        return new Entry.Section(root.placeOf(name), name);
    }

    private static Path base(Path file) {
        Path directory = file.toAbsolutePath().getParent();
        return directory == null ? file.toAbsolutePath() : directory;
    }
}
