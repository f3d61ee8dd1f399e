package dev.changecast.source.redis;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.Row;
import dev.changecast.redis.testing.RealRedis;
import dev.changecast.testing.Capability;
import dev.changecast.testing.Item;
import dev.changecast.testing.Origin;
import dev.changecast.testing.Write;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.StreamEntryID;

/** A stream in a Redis, read by cursor or as a queue. */
final class RedisOrigin implements Origin {
    private static final String STREAM = "feed:items";
    private static final String GROUP = "feed:consumers";
    private static final String SECRET = "hidden-from-all";

    private final RealRedis redis;
    private final boolean queue;

    RedisOrigin(RealRedis redis, boolean queue) {
        this.redis = redis;
        this.queue = queue;
        redis.ask(Jedis::flushAll);
    }

    @Override
    public Replay replay() {
        return queue ? Replay.REDELIVERY : Replay.FROM_POSITION;
    }

    @Override
    public Set<Capability> capabilities() {
        Set<Capability> all = EnumSet.of(
                Capability.UPDATES,
                Capability.DELETES,
                Capability.ROWS_AS_THEY_WERE,
                Capability.KEEPS_UNREAD,
                Capability.KNOWS_ITS_END,
                Capability.BREAKS,
                Capability.WAITS_FOR_A_PEER,
                Capability.LOSES_HISTORY,
                Capability.REPLACES_HISTORY);
        if (queue) {
            all.add(Capability.RECOGNISES_GIVEN);
        }
        return all;
    }

    private RedisStreamsSourceBuilder builder(String url) {
        RedisStreamsSourceBuilder builder = RedisStreamsSource.builder(url)
                .streams(STREAM)
                .columns("number integer", "text")
                .key("number")
                .operation("operation")
                .heartbeat(Duration.ofMillis(200));
        return queue ? builder.workQueue(GROUP).consumer("host-1") : builder;
    }

    @Override
    public ChangeSource source() {
        return builder(redis.url()).build();
    }

    @Override
    public ChangeSource absent() {
        return builder("redis://127.0.0.1:" + RealRedis.freePort())
                .login("anna", SECRET)
                .build();
    }

    @Override
    public ChangeSource silent(int port) {
        return builder("redis://127.0.0.1:" + port).build();
    }

    @Override
    public Mistaken mistaken() {
        redis.command("SET", "text:of:somebody", "x");
        redis.command("RPUSH", "list:of:somebody", "x");
        return Mistaken.of(
                builder(redis.url())
                        .streams("text:of:somebody", "list:of:somebody")
                        .build(),
                "text:of:somebody",
                "list:of:somebody");
    }

    @Override
    public List<String> secrets() {
        return List.of(SECRET);
    }

    @Override
    public String relation() {
        return STREAM;
    }

    @Override
    public void commit(List<Write> writes) {
        try (Jedis jedis = new Jedis("127.0.0.1", redis.port())) {
            Pipeline pipeline = jedis.pipelined();
            for (Write write : writes) {
                String number = Long.toString(write.key());
                String operation = switch (write.kind()) {
                    case INSERT -> "insert";
                    case UPDATE -> "update";
                    case DELETE -> "delete";
                    default -> throw new UnsupportedOperationException(write.toString());
                };
                var fields = RealRedis.fields("operation", operation, "number", number);
                if (write.text() != null) {
                    fields.put("text", write.text());
                }
                pipeline.xadd(STREAM, StreamEntryID.NEW_ENTRY, fields);
            }
            pipeline.sync();
        }
    }

    @Override
    public Item read(Relation relation, Row row) {
        return new Item(
                Long.parseLong(Objects.requireNonNull(row.text(relation.indexOf("number")))),
                row.text(relation.indexOf("text")));
    }

    @Override
    public void breakConnection() {
        redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    }

    /** A queue that has been read loses with its group what the group was still to be given. */
    @Override
    public void loseHistory() {
        if (queue) {
            redis.command("XGROUP", "DESTROY", STREAM, GROUP);
        }
        redis.command("XTRIM", STREAM, "MAXLEN", "0");
    }

    @Override
    public void replaceHistory() {
        redis.ask(Jedis::flushAll);
    }

    @Override
    public int unconfirmed() {
        if (!queue) {
            throw new UnsupportedOperationException("a cursor confirms nothing");
        }
        return Math.toIntExact(redis.ask(jedis -> jedis.xpending(STREAM, GROUP)).getTotal());
    }

    @Override
    public void close() {
        redis.ask(Jedis::flushAll);
    }
}
