package dev.changecast.server.config;

import static dev.changecast.api.setting.Setting.required;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSourceProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code sources}: by name, each with a {@code type} and what that type's provider describes. */
final class SourcesSection {
    /** The source that the engine has of its own. */
    private static final String LIVE = "live";

    private final SettingReader settings;
    private final Providers providers;
    private final Findings findings;

    SourcesSection(SettingReader settings, Providers providers, Findings findings) {
        this.settings = settings;
        this.providers = providers;
        this.findings = findings;
    }

    List<Configuration.Source> read(Entry entry) {
        if (!(entry instanceof Entry.Section section)) {
            findings.error(entry.place(), entry.path(), "here stand sources by name, not " + entry.kind());
            return List.of();
        }
        List<Configuration.Source> sources = new ArrayList<>();
        for (String name : section.keys()) {
            if (!name.matches("[A-Za-z][A-Za-z0-9_-]{0,39}")) {
                findings.error(
                        section.placeOf(name),
                        section.pathOf(name),
                        "a source's name is letters, digits, _ and -, at most 40, beginning with a letter");
            } else if (name.equals(LIVE)) {
                findings.error(
                        section.placeOf(name),
                        section.pathOf(name),
                        "'live' is what published messages come from: choose another name");
            } else if (section.get(name) instanceof Entry.Section source) {
                source(name, source).ifPresent(sources::add);
            } else {
                findings.error(section.placeOf(name), section.pathOf(name), "here stands a source with a 'type'");
            }
        }
        return sources;
    }

    private Optional<Configuration.Source> source(String name, Entry.Section section) {
        Setting type = required("type", Type.TEXT, "one of " + String.join(", ", providers.sourceTypes()) + ".");
        Optional<ChangeSourceProvider> provider = provider(section, type);
        if (provider.isEmpty()) {
            return Optional.empty();
        }
        SettingValues values = settings.read(section, provider.get().settings(), Set.of("type"));
        if (findings.hasErrorUnder(section.path())) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Configuration.Source(
                    name, provider.get().type(), provider.get().create(name, values)));
        } catch (ChangecastException e) {
            findings.error(section.placeOf("type"), section.path(), e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<ChangeSourceProvider> provider(Entry.Section section, Setting setting) {
        Entry type = section.get("type");
        if (type instanceof Entry.Text text) {
            Optional<ChangeSourceProvider> provider = providers.source(text.value());
            if (provider.isEmpty()) {
                findings.error(
                        text.place(),
                        text.path(),
                        "there is no source type " + text.shown() + "; this server has: "
                                + String.join(", ", providers.sourceTypes()));
            }
            return provider;
        }
        if (!findings.hasErrorAt(section.pathOf("type"))) {
            findings.error(
                    type == null ? section.place() : type.place(),
                    section.pathOf("type"),
                    "this is required: " + setting.description());
        }
        return Optional.empty();
    }
}
