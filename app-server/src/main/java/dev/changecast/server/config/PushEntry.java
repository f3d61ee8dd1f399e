package dev.changecast.server.config;

import dev.changecast.api.ChangecastException;
import dev.changecast.core.Push;
import dev.changecast.core.Route;
import java.util.List;

/** {@code push} of a route: addresses, alone or with a condition, one or a list of them. */
final class PushEntry {
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
                                "here stands an address, or {to: address, when: {...}}, not " + item.kind(),
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
            settings.refuseUnknown(section, List.of("to", "when"));
            section.emptyKeys()
                    .forEach(key -> findings.error(
                            section.placeOf(key),
                            section.pathOf(key),
                            "nothing stands here: write a value, or take the key out"));
            Entry when = section.get("when");
            if (!(section.get("to") instanceof Entry.Text to)) {
                return wrong(section, "'to' is an address such as role:admin or user:{row.owner_id}", route);
            }
            Push push = Push.to(to.value());
            return route.push(when == null ? push : push.when(FilterEntry.json(when)));
        } catch (ChangecastException e) {
            return wrong(entry, String.valueOf(e.getMessage()), route);
        }
    }

    private Route wrong(Entry entry, String why, Route route) {
        findings.error(entry.place(), entry.path(), why);
        return route;
    }
}
