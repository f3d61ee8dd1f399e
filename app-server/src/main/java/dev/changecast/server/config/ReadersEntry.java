package dev.changecast.server.config;

import static dev.changecast.api.setting.Setting.optional;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.core.Route.Readers;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who may do something: {@code everyone}, {@code authenticated}, or roles and users by name. */
final class ReadersEntry {
    private static final List<String> ALL = List.of("everyone", "authenticated");

    private final SettingReader settings;
    private final Findings findings;

    ReadersEntry(SettingReader settings, Findings findings) {
        this.settings = settings;
        this.findings = findings;
    }

    /** What stands under a key of a section; null when nothing does, or nothing that is right. */
    @Nullable
    Readers read(Entry.Section section, String key) {
        Entry entry = section.get(key);
        return entry == null ? null : read(entry);
    }

    /** Null when it is wrong. */
    @Nullable
    Readers read(Entry entry) {
        if (entry instanceof Entry.Text text) {
            if (text.value().equals("everyone")) {
                return Readers.EVERYONE;
            }
            if (text.value().equals("authenticated")) {
                return Readers.AUTHENTICATED;
            }
            findings.error(
                    text.place(),
                    text.path(),
                    text.shown() + " is not everyone, authenticated, {roles: [...]} or {users: [...]}"
                            + Nearest.suggestion(text.value(), ALL));
            return null;
        }
        if (!(entry instanceof Entry.Section section)) {
            findings.error(
                    entry.place(),
                    entry.path(),
                    "here stands everyone, authenticated, {roles: [...]} or {users: [...]}, not " + entry.kind());
            return null;
        }
        List<Setting> lists = List.of(
                optional("roles", Type.TEXTS, null, "Sessions with one of these roles."),
                optional("users", Type.TEXTS, null, "These users."));
        SettingValues values = settings.read(section, lists, Set.of());
        boolean misspelt = section.keys().stream()
                .anyMatch(key -> !List.of("roles", "users").contains(key));
        if (values.texts("roles").isEmpty() && values.texts("users").isEmpty() && !misspelt) {
            findings.error(section.place(), section.path(), "nobody is named: give roles: [...] or users: [...]");
        }
        return new Readers(false, false, Set.copyOf(values.texts("roles")), Set.copyOf(values.texts("users")));
    }
}
