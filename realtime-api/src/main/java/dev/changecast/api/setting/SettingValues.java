package dev.changecast.api.setting;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Values that were validated against a list of {@link Setting}s, with the fallbacks filled in. Asking for a name or type
 * that was not described is a programming error and throws {@link IllegalArgumentException}.
 */
public final class SettingValues {
    private final Map<String, Setting> settings = new TreeMap<>();
    private final Map<String, Object> values = new TreeMap<>();

    /**
     * @param values by name: {@link String} for TEXT and SECRET, {@link Long} for NUMBER and BYTES, {@link Boolean} for
     *     FLAG, {@link Duration} for DURATION, a list of strings for TEXTS and SECRETS. Names without a value are left out
     */
    public SettingValues(List<Setting> settings, Map<String, ?> values) {
        for (Setting setting : settings) {
            this.settings.put(setting.name(), setting);
        }
        values.forEach((name, value) -> {
            Setting setting = this.settings.get(name);
            if (setting == null) {
                throw new IllegalArgumentException("there is no setting " + name);
            }
            this.values.put(name, typeOf(setting).cast(value));
        });
    }

    public String text(String name) {
        return given(name, optionalText(name).orElse(null));
    }

    public Optional<String> optionalText(String name) {
        return Optional.ofNullable(value(name, String.class));
    }

    public long number(String name) {
        return given(name, value(name, Long.class));
    }

    public boolean flag(String name) {
        return given(name, value(name, Boolean.class));
    }

    public Duration duration(String name) {
        return given(name, value(name, Duration.class));
    }

    /** A list of texts; empty when there is no value. */
    public List<String> texts(String name) {
        List<?> list = value(name, List.class);
        return list == null ? List.of() : list.stream().map(String.class::cast).toList();
    }

    private <T> @Nullable T value(String name, Class<T> type) {
        Setting setting = settings.get(name);
        if (setting == null || typeOf(setting) != type) {
            throw new IllegalArgumentException("there is no setting " + name + " of type " + type.getSimpleName());
        }
        return type.cast(values.get(name));
    }

    private static <T> T given(String name, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException("setting " + name + " has no value");
        }
        return value;
    }

    private static Class<?> typeOf(Setting setting) {
        return switch (setting.type()) {
            case TEXT, SECRET -> String.class;
            case NUMBER, BYTES -> Long.class;
            case FLAG -> Boolean.class;
            case DURATION -> Duration.class;
            case TEXTS, SECRETS -> List.class;
        };
    }

    /** Names and values, secrets left out. */
    @Override
    public String toString() {
        Map<String, Object> shown = new TreeMap<>(values);
        settings.values().stream()
                .filter(setting -> setting.type() == Setting.Type.SECRET || setting.type() == Setting.Type.SECRETS)
                .forEach(setting -> shown.computeIfPresent(setting.name(), (name, value) -> "***"));
        return shown.toString();
    }
}
