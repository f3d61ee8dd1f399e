package dev.changecast.source.redis;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.ChangeSourceProvider;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes {@link RedisStreamsSource}s from configuration: {@code type: redis-streams}. */
public final class RedisStreamsSourceProvider implements ChangeSourceProvider {
    private static final String WORK_QUEUE = "work_queue";

    @Override
    public String type() {
        return "redis-streams";
    }

    @Override
    public List<Setting> settings() {
        return List.of(
                Setting.required("url", Type.TEXT, "redis://host:6379, or rediss://host:6379 with TLS."),
                Setting.optional(
                        "nodes",
                        Type.TEXTS,
                        null,
                        "Further addresses, host:port: whichever is the primary is used, or a node of the cluster."),
                Setting.optional("user", Type.TEXT, null, "Who logs in; Redis' default user when there is none."),
                Setting.optional("password", Type.SECRET, null, "The password, where Redis wants one."),
                Setting.required("streams", Type.TEXTS, "The keys of the streams."),
                Setting.choice(
                        "mode",
                        "fan_out",
                        List.of("fan_out", WORK_QUEUE),
                        "Whether this server reads every entry, or shares them with the others of a consumer group."),
                Setting.optional(
                        "columns",
                        Type.TEXTS,
                        "[user_id, type, payload json]",
                        "The columns besides id: field type as name; field.member for a member of JSON; * for all fields."),
                Setting.optional("key", Type.TEXTS, "[id]", "The columns that identify a row."),
                Setting.optional(
                        "operation",
                        Type.TEXT,
                        null,
                        "The field that says insert, update or delete; without one every entry is an insert."),
                Setting.optional(
                        "collection_field",
                        Type.TEXT,
                        null,
                        "The field that names an entry's collection; without one the stream is the collection."),
                Setting.optional("collections", Type.TEXTS, null, "The names that collection_field may have."),
                Setting.optional(
                        "entry_bytes", Type.BYTES, "1MiB", "How large an entry may be that is given, 1KiB to 16MiB."),
                Setting.choice(
                        "from",
                        "beginning",
                        List.of("beginning", "end"),
                        "Whether the first run gives what the streams hold, or only what comes."),
                Setting.optional("group", Type.TEXT, "changecast", "The consumer group of a work queue."),
                Setting.optional(
                        "consumer",
                        Type.TEXT,
                        null,
                        "This server's name in the group, which no other has; the host's."),
                Setting.optional(
                        "claim_after",
                        Type.DURATION,
                        "30s",
                        "After how long what another consumer has not confirmed is taken from it, 100ms to 1d."),
                Setting.optional(
                        "tries",
                        Type.NUMBER,
                        "3",
                        "How often an entry is handed out before it becomes a dead letter, 1 to 1000."),
                Setting.optional(
                        "dead_letters",
                        Type.TEXT,
                        null,
                        "The stream for entries that cannot be given; {stream}:dead beside each when not given."),
                Setting.optional(
                        "keep",
                        Type.NUMBER,
                        "0",
                        "About how many entries a stream of a work queue keeps; 0 for all. What is not confirmed stays."),
                Setting.optional("batch", Type.NUMBER, "100", "How many entries are read at once, 1 to 10000."),
                Setting.optional(
                        "heartbeat",
                        Type.DURATION,
                        "10s",
                        "How often a sign of life is given while nothing comes, 100ms to 1h."),
                Setting.optional(
                        "timeout",
                        Type.DURATION,
                        "5s",
                        "How long Redis may take for an answer, besides what a read blocks, 100ms to 10m."));
    }

    @Override
    public ChangeSource create(String name, SettingValues values) {
        RedisStreamsSourceBuilder builder = RedisStreamsSource.builder(values.text("url"))
                .name(name)
                .nodes(array(values.texts("nodes")))
                .login(text(values, "user"), text(values, "password"))
                .streams(array(values.texts("streams")))
                .columns(array(values.texts("columns")))
                .key(array(values.texts("key")))
                .operation(text(values, "operation"))
                .collections(text(values, "collection_field"), array(values.texts("collections")))
                .entryBytes(values.number("entry_bytes"))
                .fromBeginning(values.text("from").equals("beginning"))
                .batch(whole(values, "batch"))
                .heartbeat(values.duration("heartbeat"))
                .timeout(values.duration("timeout"));
        if (values.text("mode").equals(WORK_QUEUE)) {
            builder.workQueue(values.text("group"))
                    .consumer(text(values, "consumer"))
                    .claimAfter(values.duration("claim_after"))
                    .tries(whole(values, "tries"))
                    .deadLetters(text(values, "dead_letters"))
                    .keep(values.number("keep"));
        } else if (text(values, "consumer") != null
                || text(values, "dead_letters") != null
                || values.number("keep") != 0) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION,
                    "consumer, dead_letters and keep belong to mode: work_queue; a fan-out confirms and trims nothing");
        }
        return builder.build();
    }

    private static @Nullable String text(SettingValues values, String name) {
        return values.optionalText(name).filter(text -> !text.isEmpty()).orElse(null);
    }

    private static int whole(SettingValues values, String name) {
        return (int) Math.max(Integer.MIN_VALUE, Math.min(values.number(name), Integer.MAX_VALUE));
    }

    private static String[] array(List<String> texts) {
        return texts.toArray(String[]::new);
    }
}
