package dev.changecast.server.config;

import static dev.changecast.api.setting.Setting.choice;
import static dev.changecast.api.setting.Setting.optional;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.server.log.LogSettings;
import dev.changecast.server.log.Logging;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code log}: what is logged, how, and where to. */
final class LogSection {
    static final List<Setting> SETTINGS = List.of(
            choice("format", "text", List.of("text", "json"), "Lines for people, or a JSON object in each."),
            optional("level", Type.TEXT, "info", "How much the server tells: error, warn, info, debug or trace."),
            optional(
                    "levels",
                    Type.TEXTS,
                    null,
                    "Levels of parts of it, such as dev.changecast.core.session=debug; others than its own at most"
                            + " info."),
            optional("file", Type.TEXT, null, "The file to write to; the standard error when none is given."),
            optional("file_bytes", Type.BYTES, "64MiB", "A file as large as this is put aside; 64KiB to 16GiB."),
            optional("keep", Type.DURATION, "7d", "For how many days files are kept that were put aside; 1d to 3650d."),
            optional("keep_bytes", Type.BYTES, "1GiB", "How large they may be together; 1MiB or more."),
            optional("alike", Type.NUMBER, "20", "How many lines of one kind are written in a minute; 0 for all."));

    private static final long MIB = 1 << 20;

    private final SettingReader settings;
    private final Path base;
    private final Findings findings;

    LogSection(SettingReader settings, Path base, Findings findings) {
        this.settings = settings;
        this.base = base;
        this.findings = findings;
    }

    LogSettings read(Entry.Section section) {
        SettingValues values = settings.read(section, SETTINGS, Set.of());
        int alike = (int) Bounds.number(section, values, "alike", 0, 1_000_000, findings);
        return new LogSettings(
                values.text("format").equals("json"),
                section.get("level") == null ? null : level(section, values.text("level"), "level"),
                levels(section, values.texts("levels")),
                file(section, values),
                alike);
    }

    private @Nullable String level(Entry.Section section, String written, String key) {
        String level = written.strip().toLowerCase(Locale.ROOT);
        if (Logging.LEVELS.contains(level)) {
            return level;
        }
        findings.error(
                section.placeOf(key),
                section.pathOf(key),
                "a level is one of " + String.join(", ", Logging.LEVELS) + Nearest.suggestion(level, Logging.LEVELS));
        return null;
    }

    private Map<String, String> levels(Entry.Section section, List<String> written) {
        Map<String, String> levels = new HashMap<>();
        for (String each : written) {
            String[] parts = each.split("=", 2);
            String level = parts.length == 2 ? level(section, parts[1], "levels") : null;
            if (parts.length != 2) {
                findings.error(
                        section.placeOf("levels"),
                        section.pathOf("levels"),
                        "write the name of a logger, = and a level, such as dev.changecast.core.session=debug");
            }
            if (level != null) {
                try {
                    Logging.requireAllowed(parts[0].strip(), level);
                    levels.put(parts[0].strip(), level);
                } catch (IllegalArgumentException e) {
                    findings.error(section.placeOf("levels"), section.pathOf("levels"), String.valueOf(e.getMessage()));
                }
            }
        }
        return levels;
    }

    private LogSettings.@Nullable LogFile file(Entry.Section section, SettingValues values) {
        long bytes = Bounds.number(section, values, "file_bytes", 64 << 10, 16 * 1024 * MIB, findings);
        long kept = Bounds.number(section, values, "keep_bytes", MIB, Long.MAX_VALUE, findings);
        long days = values.duration("keep").toDays();
        if (days < 1 || days > 3650) {
            findings.error(
                    section.placeOf("keep"), section.pathOf("keep"), "files are kept for whole days: 1d to 3650d");
        }
        return values.optionalText("file")
                .map(file -> new LogSettings.LogFile(base.resolve(file), bytes, (int) days, kept))
                .orElse(null);
    }
}
