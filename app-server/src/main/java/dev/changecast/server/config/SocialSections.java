package dev.changecast.server.config;

import static dev.changecast.api.setting.Setting.optional;
import static dev.changecast.api.setting.Setting.required;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.core.PresenceSettings;
import dev.changecast.core.Room;
import dev.changecast.core.Route.Readers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code rooms}, {@code presence} and {@code chat}: what people may do with each other. */
final class SocialSections {
    static final List<Setting> ROOMS = List.of(required(
            "room",
            Type.TEXT,
            "which rooms: a name, with * for any run of characters, and {user} or {claims.name} for one's own."));

    static final List<Setting> PRESENCE = List.of(
            optional("announce", Type.FLAG, "false", "Whether readers are told who comes and goes without asking."),
            optional(
                    "grace",
                    Type.DURATION,
                    "5s",
                    "How long a user whose connection was lost still counts as there; up to 10m."),
            optional("gather", Type.DURATION, "250ms", "How long comings and goings are gathered; 1ms to 1m."),
            optional("listed", Type.NUMBER, "500", "Up to how many users are told one by one; of more the number is."),
            optional("state_bytes", Type.BYTES, "1KiB", "How large the state is that a user shows in a room."));

    private static final long LONGEST_GRACE_MILLIS = 600_000;
    private static final long LONGEST_GATHER_MILLIS = 60_000;

    private final SettingReader settings;
    private final ReadersEntry readers;
    private final Findings findings;

    SocialSections(SettingReader settings, Findings findings) {
        this.settings = settings;
        this.readers = new ReadersEntry(settings, findings);
        this.findings = findings;
    }

    /** @param entry null when there is no such section */
    List<Room> rooms(@Nullable Entry entry) {
        if (entry == null) {
            return List.of();
        }
        if (!(entry instanceof Entry.Items items)) {
            findings.error(entry.place(), entry.path(), "here stands a list of rooms, not " + entry.kind());
            return List.of();
        }
        List<Room> rooms = new ArrayList<>();
        Set<String> patterns = new HashSet<>();
        for (Entry item : items.items()) {
            if (item instanceof Entry.Section section) {
                room(section, patterns, rooms);
            } else {
                findings.error(
                        item.place(),
                        item.path(),
                        "here stands a room with 'room', 'join' and 'send', not " + item.kind());
            }
        }
        return rooms;
    }

    private void room(Entry.Section section, Set<String> patterns, List<Room> rooms) {
        SettingValues values = settings.read(section, ROOMS, Set.of("join", "send"));
        refuseEmpty(section);
        Readers join = readers.read(section, "join");
        Readers send = readers.read(section, "send");
        if (values.optionalText("room").isEmpty()) {
            return;
        }
        String pattern = values.text("room");
        if (!patterns.add(pattern)) {
            findings.error(
                    section.placeOf("room"), section.pathOf("room"), "there is another entry for '" + pattern + "'");
            return;
        }
        try {
            rooms.add(new Room(pattern, join, send));
        } catch (ChangecastException e) {
            findings.error(section.placeOf("room"), section.pathOf("room"), String.valueOf(e.getMessage()));
            return;
        }
        if (join == null && section.get("join") == null) {
            findings.warning(section.place(), section.path(), "nobody may join '" + pattern + "': it has no 'join'");
        }
    }

    PresenceSettings presence(Entry.Section section) {
        SettingValues values = settings.read(section, PRESENCE, Set.of("read"));
        refuseEmpty(section);
        Readers read = readers.read(section, "read");
        if (values.flag("announce") && section.get("read") == null) {
            findings.warning(
                    section.placeOf("announce"), section.pathOf("announce"), "nobody is told: there is no 'read'");
        }
        return new PresenceSettings(
                read,
                values.flag("announce"),
                Duration.ofMillis(millis(section, values, "grace", 0, LONGEST_GRACE_MILLIS, "0s to 10m")),
                Duration.ofMillis(millis(section, values, "gather", 1, LONGEST_GATHER_MILLIS, "1ms to 1m")),
                (int) Bounds.number(section, values, "listed", 0, 100_000, findings),
                (int) Bounds.number(section, values, "state_bytes", 0, 64 << 10, findings));
    }

    private long millis(
            Entry.Section section, SettingValues values, String name, long least, long most, String bounds) {
        long millis = values.duration(name).toMillis();
        if (millis >= least && millis <= most) {
            return millis;
        }
        findings.error(
                section.placeOf(name), section.pathOf(name), millis + "ms is out of bounds: it can be " + bounds);
        return most;
    }

    /** Who may write to other users; null for nobody. */
    @Nullable
    Readers chat(Entry.Section section) {
        settings.refuseUnknown(section, List.of("send"));
        refuseEmpty(section);
        return readers.read(section, "send");
    }

    /** Nothing behind a key must not come to mean anybody. */
    private void refuseEmpty(Entry.Section section) {
        for (String key : section.emptyKeys()) {
            findings.error(
                    section.placeOf(key),
                    section.pathOf(key),
                    "nothing stands here: write a value, or take the key out");
        }
    }
}
