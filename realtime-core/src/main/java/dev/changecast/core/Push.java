package dev.changecast.core;

import static java.util.Objects.requireNonNull;

import dev.changecast.core.view.AddressTemplate;
import dev.changecast.core.view.RowCondition;
import org.jspecify.annotations.Nullable;

/**
 * Changes of a route's relations that go to people who have not subscribed to anything. They go by the row as it is now,
 * of a delete by what is known of the row that was; when a row no longer fits, nobody is told that it left.
 *
 * @param to {@code broadcast}, {@code user:<id>}, {@code role:<role>} or {@code room:<name>}; behind the colon may stand
 *     columns of the row, like {@code user:{row.owner_id}}. Where such a value is null or unknown, nobody gets the change
 * @param when a filter in the language of subscriptions that the row has to match; null for every row
 * @param priority what the change may wait for on its way
 */
public record Push(String to, @Nullable String when, Priority priority) {
    /**
     * What a pushed change may wait for on its way to a session. It never overtakes what was committed before it, and none
     * is left out for it: where one that cannot wait comes, all that waits goes out with it.
     */
    public enum Priority {
        /** For nothing: neither for a subscription's batch nor until a route has conflated for long enough. */
        HIGH,
        /** As changes usually do: until a route that the session subscribes to has conflated for long enough. */
        NORMAL,
        /** For others too, up to a second, so that many go out together. */
        LOW
    }

    /** Throws {@link dev.changecast.api.ChangecastException} with what is wrong with the address or the condition. */
    public Push {
        requireNonNull(to, "to is null");
        requireNonNull(priority, "priority is null");
        AddressTemplate.of(to);
        if (when != null) {
            RowCondition.of(when);
        }
    }

    /** Every change, with normal priority. */
    public static Push to(String address) {
        return new Push(address, null, Priority.NORMAL);
    }

    /** Only of rows that match this filter, such as <code>{"severity":"critical"}</code>. */
    public Push when(String filter) {
        return new Push(to, filter, priority);
    }

    public Push priority(Priority priority) {
        return new Push(to, when, priority);
    }
}
