package dev.changecast.source.redis;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a source was configured with.
 *
 * @param name for threads and messages
 * @param fromBeginning whether what the streams hold is read when nothing was read before, and not only what comes
 * @param queue how the work is shared; null in fan-out
 * @param batch entries of one answer at most
 * @param timeout for every answer, besides what a read may block
 */
record RedisStreamsOptions(
        String name,
        RedisServer server,
        List<String> streams,
        Mapping mapping,
        boolean fromBeginning,
        @Nullable QueueOptions queue,
        int batch,
        Duration heartbeat,
        Duration timeout) {

    RedisStreamsOptions {
        streams = List.copyOf(streams);
        List<String> problems = new ArrayList<>();
        if (streams.isEmpty()) {
            problems.add("streams names no stream");
        }
        if (new HashSet<>(streams).size() < streams.size()) {
            problems.add("streams has a name twice");
        }
        if (streams.stream().anyMatch(stream -> !stream.matches("\\S{1,200}"))) {
            problems.add("streams are 1 to 200 characters without spaces");
        }
        problems.addAll(mapping.problems());
        if (queue != null) {
            problems.addAll(queue.problems());
        }
        if (batch < 1 || batch > 10_000) {
            problems.add("batch is 1 to 10000, not " + batch);
        }
        if (heartbeat.toMillis() < 100 || heartbeat.toHours() > 1) {
            problems.add("heartbeat is between 100ms and 1h, not " + heartbeat);
        }
        if (timeout.toMillis() < 100 || timeout.toMinutes() > 10) {
            problems.add("timeout is between 100ms and 10m, not " + timeout);
        }
        if (!problems.isEmpty()) {
            throw new ChangecastException(ErrorCode.BAD_CONFIGURATION, String.join("; ", problems));
        }
    }

    /** Without the login. */
    @Override
    public String toString() {
        return "redis streams source " + name + " (" + String.join(", ", streams) + " at " + server
                + (queue == null ? ", fan-out" : ", " + queue) + ")";
    }
}
