package dev.changecast.server.config;

import static dev.changecast.api.setting.Setting.optional;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import java.util.List;
import java.util.Set;

/** {@code dashboard}: whether there is one, and who besides the holders of API keys may use it. */
final class DashboardSection {
    static final List<Setting> SETTINGS = List.of(
            optional("enabled", Type.FLAG, "true", "Whether there is a dashboard at /dashboard."),
            optional(
                    "roles",
                    Type.TEXTS,
                    null,
                    "Roles of tokens that may use it as an API key may; an API key sees the rows that these roles may"
                            + " read."),
            optional(
                    "anonymous",
                    Type.FLAG,
                    "false",
                    "Whether everybody who reaches the port may look at it, without ending sessions: for trials."));

    private final SettingReader settings;
    private final Findings findings;

    DashboardSection(SettingReader settings, Findings findings) {
        this.settings = settings;
        this.findings = findings;
    }

    /** @param tokens whether tokens are taken, so that somebody may have a role */
    Configuration.Dashboard read(Entry.Section section, boolean tokens) {
        SettingValues values = settings.read(section, SETTINGS, Set.of());
        Set<String> roles = Set.copyOf(values.texts("roles"));
        if (!roles.isEmpty() && !tokens) {
            findings.warning(
                    section.placeOf("roles"),
                    section.pathOf("roles"),
                    "nobody has a role without auth.jwt; an API key sees what they may read all the same");
        }
        return new Configuration.Dashboard(values.flag("enabled"), roles, values.flag("anonymous"));
    }
}
