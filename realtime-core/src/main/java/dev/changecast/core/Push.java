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
 */
public record Push(String to, @Nullable String when) {
    /** Throws {@link dev.changecast.api.ChangecastException} with what is wrong with the address or the condition. */
    public Push {
        requireNonNull(to, "to is null");
        AddressTemplate.of(to);
        if (when != null) {
            RowCondition.of(when);
        }
    }

    /** Every change. */
    public static Push to(String address) {
        return new Push(address, null);
    }

    /** Only of rows that match this filter, such as <code>{"severity":"critical"}</code>. */
    public Push when(String filter) {
        return new Push(to, filter);
    }
}
