package dev.changecast.source.postgres;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.ChangeSourceProvider;
import java.util.List;

/** Makes {@link PostgresSource}s from configuration: {@code type: postgres}. */
public final class PostgresSourceProvider implements ChangeSourceProvider {
    @Override
    public String type() {
        return "postgres";
    }

    @Override
    public List<Setting> settings() {
        return List.of(
                Setting.required(
                        "url",
                        Type.TEXT,
                        "JDBC URL of the database itself, not of a pooler: jdbc:postgresql://host:5432/database."),
                Setting.choice(
                        "mode",
                        "logical",
                        List.of("logical", "trigger"),
                        "How changes are had: by logical decoding, or by triggers where wal_level cannot be changed."),
                Setting.optional(
                        "user", Type.TEXT, null, "The user; for logical decoding one with the REPLICATION privilege."),
                Setting.optional("password", Type.SECRET, null, "The user's password."),
                Setting.optional(
                        "tables",
                        Type.TEXTS,
                        "[public.*]",
                        "Which tables: schema.table as the catalog spells them, * as wildcard, double quotes around names"
                                + " with dots."),
                Setting.optional(
                        "slot",
                        Type.TEXT,
                        "changecast",
                        "Replication slot, or name of the reader; every process that captures has its own."),
                Setting.optional(
                        "publication",
                        Type.TEXT,
                        "changecast",
                        "Publication; processes with the same clients share it."),
                Setting.choice(
                        "bigint",
                        "number",
                        List.of("number", "string"),
                        "How int8 is written: as a JSON number, or as a string for clients that hold integers in doubles."),
                Setting.optional(
                        "heartbeat",
                        Type.DURATION,
                        "10s",
                        "How often the stream is tried and new tables are looked for, 100ms to 1h."),
                Setting.optional(
                        "create",
                        Type.FLAG,
                        "true",
                        "Whether publication and slot are made when missing, and kept in step with the tables."),
                Setting.optional(
                        "temporary",
                        Type.FLAG,
                        "false",
                        "Whether the slot goes with the connection: leaves nothing behind, and every reconnect is a reset."),
                Setting.optional(
                        "failover",
                        Type.FLAG,
                        "false",
                        "Whether a slot made here is carried to standbys (PostgreSQL 17 or later)."),
                Setting.optional(
                        "pool_size",
                        Type.NUMBER,
                        "4",
                        "Connections for ordinary SQL and snapshots, at most, 1 to 1000."),
                Setting.optional(
                        "poll",
                        Type.DURATION,
                        "50ms",
                        "With triggers: how often changes are looked for while there are any, 10ms to 10s."),
                Setting.optional(
                        "keep",
                        Type.DURATION,
                        "24h",
                        "With triggers: for how long the database keeps changes for this reader while it is away, 1m to 365d."),
                Setting.optional(
                        "wal_budget",
                        Type.BYTES,
                        "10GiB",
                        "How much WAL the slot may hold back in the database before that is a problem."),
                Setting.choice(
                        "over_wal_budget",
                        "warn",
                        List.of("warn", "release"),
                        "What then: to warn and not be ready, or to give the slot up too, with a reset for every client."),
                Setting.optional(
                        "messages",
                        Type.FLAG,
                        "false",
                        "Whether what SQL tells people with changecast.notify is delivered."));
    }

    @Override
    public ChangeSource create(String name, SettingValues values) {
        return PostgresSource.builder()
                .name(name)
                .mode(values.text("mode").equals("trigger") ? CaptureMode.TRIGGER : CaptureMode.LOGICAL)
                .poll(values.duration("poll"))
                .keep(values.duration("keep"))
                .replication(
                        values.text("url"),
                        values.optionalText("user").orElse(null),
                        values.optionalText("password").orElse(null))
                .tables(values.texts("tables").toArray(String[]::new))
                .slot(values.text("slot"))
                .publication(values.text("publication"))
                .bigintAsText(values.text("bigint").equals("string"))
                .heartbeat(values.duration("heartbeat"))
                .create(values.flag("create"))
                .temporary(values.flag("temporary"))
                .failover(values.flag("failover"))
                .messages(values.flag("messages"))
                .walBudget(
                        values.number("wal_budget"),
                        values.text("over_wal_budget").equals("release") ? OverBudget.RELEASE : OverBudget.WARN)
                .poolSize((int) Math.min(values.number("pool_size"), Integer.MAX_VALUE))
                .build();
    }
}
