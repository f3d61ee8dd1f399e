package dev.changecast.server.config;

import dev.changecast.api.ChangecastException;
import dev.changecast.core.Push;
import dev.changecast.core.Push.Priority;
import dev.changecast.core.Route;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** {@code push} of a route: addresses, alone or with a condition and a priority, one or a list of them. */
final class PushEntry {
    private static final Map<String, Priority> PRIORITIES =
            Map.of("high", Priority.HIGH, "normal", Priority.NORMAL, "low", Priority.LOW);

    private final SettingReader settings;
    private final Findings findings;

    PushEntry(SettingReader settings, Findings findings) {
        this.settings = settings;
        this.findings = findings;
    }

    Route read(Entry entry, Route route) {
        if (entry instanceof Entry.Items items) {
            Route pushing = route;
            for (Entry item : items.items()) {
                pushing = item instanceof Entry.Items
                        ? wrong(
                                item,
                                "here stands an address, or {to: address, when: {...}, priority: high}, not "
                                        + item.kind(),
                                pushing)
                        : read(item, pushing);
            }
            return pushing;
        }
        try {
            if (entry instanceof Entry.Text text) {
                return route.push(Push.to(text.value()));
            }
            Entry.Section section = (Entry.Section) entry;
            settings.refuseUnknown(section, List.of("to", "when", "priority"));
            section.emptyKeys()
                    .forEach(key -> findings.error(
                            section.placeOf(key),
                            section.pathOf(key),
                            "nothing stands here: write a value, or take the key out"));
            Entry when = section.get("when");
            if (!(section.get("to") instanceof Entry.Text to)) {
                return wrong(section, "'to' is an address such as role:admin or user:{row.owner_id}", route);
            }
            Push push = Push.to(to.value()).priority(priority(section));
            return route.push(when == null ? push : push.when(FilterEntry.json(when)));
        } catch (ChangecastException e) {
            return wrong(entry, String.valueOf(e.getMessage()), route);
        }
    }

    private Priority priority(Entry.Section section) {
        Entry entry = section.get("priority");
        Priority priority = entry == null
                ? Priority.NORMAL
                : entry instanceof Entry.Text text ? PRIORITIES.get(text.value()) : null;
        if (priority == null) {
            String shown = entry instanceof Entry.Text text
                    ? text.shown()
                    : Objects.requireNonNull(entry).kind();
            findings.error(
                    section.placeOf("priority"),
                    section.pathOf("priority"),
                    shown + " is not one of high, normal, low");
            return Priority.NORMAL;
        }
        return priority;
    }

    private Route wrong(Entry entry, String why, Route route) {
        findings.error(entry.place(), entry.path(), why);
        return route;
    }
}
