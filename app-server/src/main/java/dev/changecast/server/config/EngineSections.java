package dev.changecast.server.config;

import static dev.changecast.api.setting.Setting.choice;
import static dev.changecast.api.setting.Setting.optional;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.core.History;
import dev.changecast.core.Limits;
import dev.changecast.core.Limits.PerUserPolicy;
import dev.changecast.core.Limits.Rate;
import dev.changecast.core.Notifications;
import dev.changecast.core.RoomLimits;
import dev.changecast.core.filter.FilterLimits;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** {@code limits} and {@code history}: what the engine takes on, and how long it keeps changes. */
final class EngineSections {
    static final List<Setting> LIMITS = List.of(
            optional("connections", Type.NUMBER, "10000", "How many connections in all."),
            optional("connections_per_address", Type.NUMBER, "100", "How many connections from one address."),
            optional("connections_per_user", Type.NUMBER, "5", "How many connections of one user."),
            optional(
                    "unauthenticated",
                    Type.NUMBER,
                    "1000",
                    "How many connections may be open, besides the others, that have shown no token yet; over that"
                            + " the oldest is ended."),
            choice(
                    "per_user_policy",
                    "refuse",
                    List.of("refuse", "replace_oldest"),
                    "What becomes of a connection over connections_per_user: refuse it, or replace_oldest."),
            optional(
                    "waiting_connections",
                    Type.NUMBER,
                    "10000",
                    "How many connections may be open whose request has not arrived; over that the oldest is ended."),
            optional("commands_per_second", Type.NUMBER, "50", "How many commands a session may give per second."),
            optional("commands_at_once", Type.NUMBER, "500", "How many of them at once, after a rest."),
            optional(
                    "input_bytes_per_second",
                    Type.BYTES,
                    "1MiB",
                    "How much a session may send per second; four messages of the largest size may come at once."),
            optional(
                    "publishes_per_second",
                    Type.NUMBER,
                    "10000",
                    "How many messages an API key may publish per second."),
            optional("filter_depth", Type.NUMBER, "10", "How deep conditions of a filter may stand in each other."),
            optional("filter_comparisons", Type.NUMBER, "100", "How many comparisons a filter may have."),
            optional("filter_values", Type.NUMBER, "1000", "How many values a list in a filter may have."),
            optional("filter_bytes", Type.BYTES, "16KiB", "How long a filter may be."),
            optional("subscriptions", Type.NUMBER, "100", "How many subscriptions one session may hold."),
            optional("rooms", Type.NUMBER, "100", "How many rooms one session may be in."),
            optional("room_members", Type.NUMBER, "10000", "How many sessions may be in one room."),
            optional("message_bytes", Type.BYTES, "512KiB", "The largest message taken from a client; 1KiB to 16MiB."),
            optional(
                    "queue_bytes",
                    Type.BYTES,
                    "1MiB",
                    "How much may wait in memory for one session before it reads from the log; 64KiB to 1GiB."),
            optional("snapshot_rows", Type.NUMBER, "100000", "How many rows a snapshot may have; 1 to 100000000."),
            optional("heartbeat", Type.DURATION, "30s", "How often a session hears something at least; 1s to 10m."));

    static final List<Setting> HISTORY = List.of(
            optional("directory", Type.TEXT, "data", "Where changes are kept; none keeps them in memory only."),
            optional("bytes", Type.BYTES, "1GiB", "How much is kept of each source; 1MiB or more."),
            optional("age", Type.DURATION, "24h", "How long it is kept."),
            optional("memory", Type.BYTES, "64MiB", "How much of the newest part is also in memory; 1MiB or more."));

    static final List<Setting> NOTIFICATIONS = List.of(
            optional("per_user", Type.NUMBER, "100", "How many wait for one user who is away; 0 to 10000."),
            optional("keep", Type.DURATION, "7d", "How long they wait."),
            optional("total", Type.NUMBER, "500000", "How many wait for all users together, of which memory knows."),
            optional("bytes", Type.BYTES, "1GiB", "How much they take on disk; 1MiB or more."));

    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;

    private final SettingReader settings;
    private final Findings findings;

    EngineSections(SettingReader settings, Findings findings) {
        this.settings = settings;
        this.findings = findings;
    }

    /** What the engine takes on, the port, and rooms. */
    record Read(Limits engine, Configuration.PortLimits port, RoomLimits rooms) {}

    Read limits(Entry.Section section, Set<String> allowedOrigins) {
        SettingValues values = settings.read(section, LIMITS, Set.of());
        long heartbeat = Bounds.duration(section, values, "heartbeat", findings).toMillis();
        if (heartbeat < 1000 || heartbeat > 600_000) {
            findings.error(
                    section.placeOf("heartbeat"),
                    section.pathOf("heartbeat"),
                    heartbeat + "ms is out of bounds: it can be 1s to 10m");
        }
        FilterLimits filters = new FilterLimits(
                number(section, values, "filter_depth", 1, 50),
                number(section, values, "filter_comparisons", 1, 10_000),
                number(section, values, "filter_values", 1, 100_000),
                number(section, values, "filter_bytes", 64, 16 * MIB));
        Rate commands = new Rate(
                number(section, values, "commands_per_second", 1, 1_000_000),
                number(section, values, "commands_at_once", 1, 1_000_000));
        PerUserPolicy policy =
                PerUserPolicy.valueOf(values.text("per_user_policy").toUpperCase(Locale.ROOT));
        Limits limits = new Limits(
                number(section, values, "connections", 1, 10_000_000),
                number(section, values, "connections_per_address", 1, 10_000_000),
                number(section, values, "connections_per_user", 1, 10_000_000),
                number(section, values, "subscriptions", 1, 100_000),
                number(section, values, "message_bytes", KIB, 16 * MIB),
                number(section, values, "queue_bytes", 64 * KIB, 1024 * MIB),
                number(section, values, "snapshot_rows", 1, 100_000_000),
                (int) Math.min(heartbeat, 600_000),
                allowedOrigins,
                policy,
                filters,
                commands,
                number(section, values, "input_bytes_per_second", KIB, 1024 * MIB),
                number(section, values, "unauthenticated", 1, 10_000_000));
        return new Read(
                limits,
                new Configuration.PortLimits(
                        number(section, values, "waiting_connections", 1, 1_000_000),
                        number(section, values, "publishes_per_second", 1, 10_000_000)),
                new RoomLimits(
                        number(section, values, "rooms", 1, 100_000),
                        number(section, values, "room_members", 1, 10_000_000)));
    }

    /**
     * A log that is only in memory is as large as the memory part of one on disk: the default for a disk would fill the
     * heap.
     *
     * @param base what a relative directory is relative to
     */
    History history(Entry.Section section, Path base) {
        SettingValues values = settings.read(section, HISTORY, Set.of());
        String directory = values.text("directory");
        boolean inMemory = directory.equals("none");
        long bytes = Bounds.number(section, values, "bytes", MIB, Long.MAX_VALUE, findings);
        long memory = Bounds.number(section, values, "memory", MIB, Long.MAX_VALUE, findings);
        return new History(
                inMemory ? null : base.resolve(directory),
                inMemory ? memory : bytes,
                Bounds.duration(section, values, "age", findings),
                memory);
    }

    Notifications notifications(Entry.Section section) {
        SettingValues values = settings.read(section, NOTIFICATIONS, Set.of());
        return new Notifications(
                number(section, values, "per_user", 0, 10_000),
                Bounds.duration(section, values, "keep", findings),
                number(section, values, "total", 1, 10_000_000),
                Bounds.number(section, values, "bytes", MIB, Long.MAX_VALUE, findings));
    }

    private int number(Entry.Section section, SettingValues values, String name, long least, long most) {
        return (int) Bounds.number(section, values, name, least, most, findings);
    }
}
