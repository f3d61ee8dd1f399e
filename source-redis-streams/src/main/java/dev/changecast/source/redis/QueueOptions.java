package dev.changecast.source.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a consumer group shares the work.
 *
 * @param consumer this process's name in the group; no other has it
 * @param claimAfter how long an entry that another consumer has not confirmed is left to it
 * @param tries how often an entry is handed out before it goes to the dead letters
 * @param deadLetters the stream for these; null for one beside each stream
 * @param keep about how many entries a stream keeps; 0 when it is not trimmed
 */
record QueueOptions(
        String group,
        String consumer,
        Duration claimAfter,
        int tries,
        @Nullable String deadLetters,
        long keep) {

    List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (!group.matches("\\S{1,200}")) {
            problems.add("group is 1 to 200 characters without spaces");
        }
        if (!consumer.matches("\\S{1,200}")) {
            problems.add("consumer is 1 to 200 characters without spaces, the host's name when not given");
        }
        if (claimAfter.toMillis() < 100 || claimAfter.toDays() > 1) {
            problems.add("claim_after is between 100ms and 1d, not " + claimAfter);
        }
        if (tries < 1 || tries > 1000) {
            problems.add("tries is 1 to 1000, not " + tries);
        }
        if (keep < 0) {
            problems.add("keep is a number of entries, or 0 for all, not " + keep);
        }
        return problems;
    }

    /** The consumer that has what was claimed from others, so that it can be told from what came to this one first. */
    String claiming() {
        return consumer + ":claimed";
    }

    String deadLettersOf(String stream) {
        return deadLetters == null ? Beside.stream(stream, "dead") : deadLetters;
    }

    @Override
    public String toString() {
        return "group " + group + ", consumer " + consumer;
    }
}
