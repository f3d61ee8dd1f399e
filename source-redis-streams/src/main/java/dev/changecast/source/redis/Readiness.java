package dev.changecast.source.redis;

import dev.changecast.api.source.CheckResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** Whether a Redis that lets us in has what capture needs. Changes nothing there. */
final class Readiness {
    private final RedisStreamsOptions options;
    private final RedisConnection redis;
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    Readiness(RedisStreamsOptions options, RedisConnection redis) {
        this.options = options;
        this.redis = redis;
    }

    CheckResult inspect() {
        for (String stream : options.streams()) {
            Object answer = ask(Command.XINFO, "STREAM", stream);
            if (answer instanceof JedisDataException refused
                    && String.valueOf(refused.getMessage()).contains("no such key")) {
                warnings.add("there is no stream " + stream + " yet; its entries are read as soon as there are some");
            } else {
                note(stream, answer);
            }
            note(stream, ask(Command.GET, HistoryMarker.key(stream)));
        }
        QueueOptions queue = options.queue();
        if (queue != null) {
            for (String stream : options.streams()) {
                Object answer = ask(Command.XPENDING, stream, queue.group());
                if (!(answer instanceof JedisDataException refused
                        && String.valueOf(refused.getMessage()).startsWith("NOGROUP"))) {
                    note(stream, answer);
                }
            }
        }
        server();
        return new CheckResult(problems.stream().distinct().toList(), warnings);
    }

    private void server() {
        Object answer = ask(Command.INFO);
        if (!(answer instanceof byte[] bytes)) {
            warnings.add("version and settings of the Redis at " + redis + " cannot be seen: +info allows it");
            return;
        }
        Map<String, String> info = new HashMap<>();
        RedisConnection.text(bytes).lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                info.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        });
        String version = info.getOrDefault("redis_version", "0");
        if (isOlder(version)) {
            problems.add("the Redis at " + redis + " is version " + version + "; 6.2 or later is needed");
        }
        String eviction = info.getOrDefault("maxmemory_policy", "noeviction");
        if (eviction.startsWith("allkeys")) {
            warnings.add("the Redis at " + redis + " removes any key when its memory is full (maxmemory-policy "
                    + eviction + "), streams too: noeviction keeps them");
        }
        if (info.getOrDefault("aof_enabled", "0").equals("0")) {
            warnings.add(
                    "the Redis at " + redis + " writes no append-only file (appendonly no): a crash takes the entries"
                            + " since its last snapshot, and clients are told to start over");
        }
    }

    private static boolean isOlder(String version) {
        String[] parts = version.split("\\.");
        int major = Integer.parseInt(parts[0]);
        return major < 6 || major == 6 && parts.length > 1 && Integer.parseInt(parts[1]) < 2;
    }

    private @Nullable Object ask(Command command, Object... arguments) {
        return redis.callAll(List.of(new RedisConnection.Call(command, arguments)))
                .get(0);
    }

    private void note(String stream, @Nullable Object answer) {
        if (answer instanceof JedisDataException refused) {
            problems.add("stream " + stream + ": "
                    + RedisFailure.of(refused, redis.toString()).getMessage());
        }
    }
}
