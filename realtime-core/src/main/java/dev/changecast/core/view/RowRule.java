package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.core.Identity;
import dev.changecast.core.filter.FilterValues;
import org.jspecify.annotations.Nullable;

/**
 * A route's rule of which rows somebody sees: a filter in whose texts {@code {user}} and {@code {claims.name}} stand for
 * what the reader's identity has. Immutable.
 */
public final class RowRule {
    private static final String CLAIM = "claims.";

    private final Filter template;

    private RowRule(Filter template) {
        this.template = template;
    }

    /**
     * @param filter JSON, in the language of subscriptions
     * @throws ChangecastException with {@link ErrorCode#BAD_CONFIGURATION} and what is wrong
     */
    public static RowRule of(String filter) {
        Filter template = RowCondition.parse(filter);
        FilterValues.replace(template, (column, value) -> {
            template(value);
            return value;
        });
        return new RowRule(template);
    }

    private static TextTemplate template(String value) {
        return TextTemplate.of(
                value,
                name -> name.equals("user") || name.startsWith(CLAIM) && name.length() > CLAIM.length(),
                "{user} and {claims.name}");
    }

    /** The rule for one reader. What the reader's identity lacks matches no row, nor does its opposite. */
    public Filter of(Identity identity) {
        return FilterValues.replace(template, (column, value) -> template(value).fill(name -> value(name, identity)));
    }

    private static @Nullable String value(String name, Identity identity) {
        return name.equals("user") ? identity.user() : identity.claims().get(name.substring(CLAIM.length()));
    }

    /** As it is written, for people. */
    Filter template() {
        return template;
    }
}
