package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.core.filter.FilterParser;
import java.util.function.Predicate;

/** A condition on rows that a route's push has, the same for everybody. Immutable. */
public final class RowCondition {
    private final Filter filter;

    private RowCondition(Filter filter) {
        this.filter = filter;
    }

    /**
     * @param filter JSON, in the language of subscriptions
     * @throws ChangecastException with {@link ErrorCode#BAD_CONFIGURATION} and what is wrong
     */
    public static RowCondition of(String filter) {
        return new RowCondition(parse(filter, text -> false));
    }

    /** @param lists which texts may stand in the place of a list */
    static Filter parse(String filter, Predicate<String> lists) {
        try {
            return FilterParser.parseRule(filter, lists);
        } catch (ChangecastException e) {
            throw new ChangecastException(ErrorCode.BAD_CONFIGURATION, e.getMessage(), e);
        }
    }

    /** As it is written. */
    public Filter filter() {
        return filter;
    }
}
