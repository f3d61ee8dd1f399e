package dev.changecast.server.config;

import dev.changecast.api.setting.Setting;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Values from the environment, over those of the file: {@code CHANGECAST_SERVER_PORT} is {@code server.port}. Lists are
 * separated by commas. {@code CHANGECAST_SOURCES} and {@code CHANGECAST_ROUTES} hold the whole section as YAML in one
 * line. {@code CHANGECAST_SOURCES_PG_TYPE} makes a source {@code pg} if there is none.
 */
final class EnvironmentOverrides {
    private static final String PREFIX = "CHANGECAST_";
    private static final String TYPE_SUFFIX = "_TYPE";

    /** Variables with our prefix that are no configuration: they are read by the script and the command line. */
    private static final Set<String> OTHERS = Set.of("CHANGECAST_CONFIG", "CHANGECAST_JAVA_OPTS", "CHANGECAST_API_KEY");

    /** Sections that a variable may hold as a whole. */
    private static final List<String> WHOLE = List.of("sources", "routes", "rooms");

    private final Map<String, String> environment;
    private final Providers providers;
    private final Findings findings;

    EnvironmentOverrides(Map<String, String> environment, Providers providers, Findings findings) {
        this.environment = new TreeMap<>(environment);
        this.providers = providers;
        this.findings = findings;
    }

    void apply(Entry.Section root) {
        WHOLE.forEach(section -> replaceWhole(root, section));
        Map<String, Target> targets = new TreeMap<>();
        add(targets, List.of("server"), ServerSection.SETTINGS);
        add(targets, List.of("server", "tls"), ServerSection.TLS_SETTINGS);
        add(targets, List.of("log"), LogSection.SETTINGS);
        providers.transports().forEach(type -> add(targets, List.of("transports", type.type()), type.settings()));
        add(targets, List.of("auth"), AuthSection.SETTINGS);
        add(targets, List.of("auth", "jwt"), AuthSection.JWT_SETTINGS);
        add(targets, List.of("limits"), EngineSections.LIMITS);
        add(targets, List.of("history"), EngineSections.HISTORY);
        add(targets, List.of("notifications"), EngineSections.NOTIFICATIONS);
        add(targets, List.of("redis_pubsub"), RedisSection.SETTINGS);
        add(targets, List.of("dashboard"), DashboardSection.SETTINGS);
        add(targets, List.of("presence"), SocialSections.PRESENCE);
        addSources(targets, root);
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            String name = variable.getKey();
            Target target = targets.get(name);
            if (target != null) {
                put(root, target, name, variable.getValue());
            } else if (name.startsWith(PREFIX) && !OTHERS.contains(name) && !isWhole(name)) {
                // A warning, since container platforms invent variables from the names of services.
                findings.warning(
                        Place.of(name),
                        "",
                        "this environment variable means nothing" + Nearest.suggestion(name, targets.keySet()));
            }
        }
    }

    private void replaceWhole(Entry.Section root, String section) {
        String name = nameOf(List.of(section));
        String text = environment.get(name);
        if (text != null) {
            Entry entry = YamlReader.variable(name, section, text, findings);
            if (entry != null) {
                root.put(section, Place.of(name), entry);
            }
        }
    }

    private static boolean isWhole(String name) {
        return WHOLE.stream().anyMatch(section -> name.equals(nameOf(List.of(section))));
    }

    private void addSources(Map<String, Target> targets, Entry.Section root) {
        Entry.Section sources = child(root, "sources", Place.of("the environment"));
        for (String name : sources.keys()) {
            addSource(targets, sources, name);
        }
        String prefix = nameOf(List.of("sources")) + "_";
        for (String variable : environment.keySet()) {
            boolean typeOfNew = variable.startsWith(prefix)
                    && variable.endsWith(TYPE_SUFFIX)
                    && variable.length() > prefix.length() + TYPE_SUFFIX.length()
                    && !targets.containsKey(variable);
            if (typeOfNew) {
                String name = variable.substring(prefix.length(), variable.length() - TYPE_SUFFIX.length())
                        .toLowerCase(Locale.ROOT);
                child(sources, name, Place.of(variable));
                addSource(targets, sources, name);
            }
        }
        if (sources.isEmpty() && root.get("sources") == sources) {
            root.remove("sources");
        }
    }

    private void addSource(Map<String, Target> targets, Entry.Section sources, String name) {
        List<String> path = List.of("sources", name);
        targets.put(nameOf(List.of("sources", name, "type")), new Target(path, "type"));
        String type = environment.get(nameOf(List.of("sources", name, "type")));
        if (type == null && sources.get(name) instanceof Entry.Section source) {
            type = source.get("type") instanceof Entry.Text text ? text.value() : null;
        }
        if (type != null) {
            providers.source(type).ifPresent(provider -> add(targets, path, provider.settings()));
        }
    }

    private static void add(Map<String, Target> targets, List<String> section, List<Setting> settings) {
        for (Setting setting : settings) {
            Target target = new Target(section, setting.name());
            targets.put(nameOf(section) + "_" + setting.name().toUpperCase(Locale.ROOT), target);
        }
    }

    private static void put(Entry.Section root, Target target, String name, String value) {
        Place place = Place.of(name);
        Entry.Section section = root;
        for (String step : target.section()) {
            section = child(section, step, place);
        }
        // Never quoted in messages: a variable may hold a secret, also one that it was not meant to hold.
        section.put(
                target.key(),
                place,
                new Entry.Text(place, section.pathOf(target.key()), value, "the content of this variable"));
    }

    private static Entry.Section child(Entry.Section parent, String name, Place place) {
        if (parent.get(name) instanceof Entry.Section section) {
            return section;
        }
        Entry.Section section = new Entry.Section(place, parent.pathOf(name));
        if (parent.get(name) == null) {
            parent.put(name, place, section);
        }
        return section;
    }

    private static String nameOf(List<String> path) {
        return PREFIX + String.join("_", path).replace('-', '_').toUpperCase(Locale.ROOT);
    }

    private record Target(List<String> section, String key) {}
}
