package dev.changecast.server.config;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.SettingValues;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns a section into typed values by the description of its settings. */
final class SettingReader {
    private final Findings findings;

    SettingReader(Findings findings) {
        this.findings = findings;
    }

    /**
     * Values for all settings that are given or have a fallback. Whatever is wrong is an error; reading goes on with the
     * fallback, so that the other errors are found too.
     *
     * @param others keys of the section that somebody else reads
     */
    SettingValues read(Entry.Section section, List<Setting> settings, Set<String> others) {
        List<String> known =
                new ArrayList<>(settings.stream().map(Setting::name).toList());
        known.addAll(others);
        refuseUnknown(section, known);
        Map<String, Object> values = new LinkedHashMap<>();
        for (Setting setting : settings) {
            Entry entry = section.get(setting.name());
            if (entry == null && setting.required() && !findings.hasErrorAt(section.pathOf(setting.name()))) {
                findings.error(
                        section.place(), section.pathOf(setting.name()), "this is required: " + setting.description());
            }
            Optional<?> value = entry == null ? Optional.empty() : value(setting, entry);
            if (value.isPresent()) {
                values.put(setting.name(), value.get());
            } else if (setting.fallback() != null) {
                values.put(setting.name(), fallback(setting, setting.fallback()));
            }
        }
        return new SettingValues(settings, values);
    }

    void refuseUnknown(Entry.Section section, List<String> known) {
        for (String key : section.keys()) {
            if (!known.contains(key)) {
                String near = Nearest.suggestion(key, known);
                findings.error(
                        section.placeOf(key),
                        section.pathOf(key),
                        "there is no such setting"
                                + (near.isEmpty() ? "; here are: " + String.join(", ", known) : near));
            }
        }
    }

    private Object fallback(Setting setting, String text) {
        Place place = Place.of("the default of " + setting.name());
        return value(setting, new Entry.Text(place, setting.name(), text, "'" + text + "'"))
                .orElseThrow(() -> new IllegalStateException("the default of " + setting.name() + " is not valid"));
    }

    private Optional<?> value(Setting setting, Entry entry) {
        if (setting.type() == Setting.Type.TEXTS || setting.type() == Setting.Type.SECRETS) {
            return texts(setting, entry);
        }
        if (!(entry instanceof Entry.Text text)) {
            findings.error(entry.place(), entry.path(), "here stands one value, not " + entry.kind());
            return Optional.empty();
        }
        return switch (setting.type()) {
            case TEXT -> Optional.ofNullable(choice(setting, text));
            case SECRET -> Optional.of(text.value());
            case NUMBER -> or(number(text.value()), text, "a whole number");
            case FLAG -> or(flag(text.value()), text, "true or false");
            case DURATION -> or(Quantities.duration(text.value()), text, Quantities.DURATION_FORM);
            case BYTES -> or(Quantities.bytes(text.value()), text, Quantities.BYTES_FORM);
            case TEXTS, SECRETS -> throw new IllegalStateException("handled above");
        };
    }

    /** A list; or one text, whose items are separated by commas, in brackets or not, so that an
     * environment variable can hold it. */
    private Optional<List<String>> texts(Setting setting, Entry entry) {
        if (entry instanceof Entry.Text text) {
            String line = text.value().strip();
            String bare = line.startsWith("[") && line.endsWith("]") ? line.substring(1, line.length() - 1) : line;
            return Optional.of(Arrays.stream(bare.split(","))
                    .map(String::strip)
                    .filter(item -> !item.isEmpty())
                    .toList());
        }
        if (!(entry instanceof Entry.Items list)) {
            findings.error(entry.place(), entry.path(), "here stands a list of texts, not " + entry.kind());
            return Optional.empty();
        }
        List<String> items = new ArrayList<>();
        for (Entry item : list.items()) {
            if (item instanceof Entry.Text text && choice(setting, text) != null) {
                items.add(text.value());
            } else if (!(item instanceof Entry.Text)) {
                findings.error(item.place(), item.path(), "here stands one text, not " + item.kind());
            }
        }
        return Optional.of(items);
    }

    private @Nullable String choice(Setting setting, Entry.Text text) {
        if (setting.choices().isEmpty() || setting.choices().contains(text.value())) {
            return text.value();
        }
        findings.error(
                text.place(),
                text.path(),
                text.shown() + " is not one of " + String.join(", ", setting.choices())
                        + Nearest.suggestion(text.value(), setting.choices()));
        return null;
    }

    private <T> Optional<T> or(Optional<T> value, Entry.Text text, String form) {
        if (value.isEmpty()) {
            findings.error(text.place(), text.path(), text.shown() + " is not " + form);
        }
        return value;
    }

    private static Optional<Long> number(String text) {
        return text.strip().matches("-?\\d{1,18}") ? Optional.of(Long.parseLong(text.strip())) : Optional.empty();
    }

    private static Optional<Boolean> flag(String text) {
        return switch (text.strip()) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        };
    }
}
