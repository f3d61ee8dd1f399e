package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.core.Identity;
import dev.changecast.core.filter.FilterValues;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A route's rule of which rows somebody sees: a filter in whose texts {@code {user}} and {@code {claims.name}} stand for
 * what the reader's identity has. A claim that is a list stands for its values where a list can stand, and for nothing
 * elsewhere. Immutable.
 */
public final class RowRule {
    private static final String CLAIM = "claims.";

    private final Filter template;

    private RowRule(Filter template) {
        this.template = template;
    }

    /**
     * @param filter JSON, in the language of subscriptions; a list may be a text with one name and nothing else
     * @throws ChangecastException with {@link ErrorCode#BAD_CONFIGURATION} and what is wrong
     */
    public static RowRule of(String filter) {
        Filter template = RowCondition.parse(filter, text -> template(text).onlyName() != null);
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

    /**
     * The rule for one reader. What the reader's identity lacks matches no row, nor does its opposite.
     *
     * @param mostValues how many values a claim that is a list may have; one that has more is as good as none
     */
    public Filter of(Identity identity, int mostValues) {
        return FilterValues.replace(template, new FilterValues.Replacement() {
            @Override
            public @Nullable String of(String column, String value) {
                return template(value).fill(name -> one(name, identity));
            }

            @Override
            public List<String> all(String column, String value) {
                String name = template(value).onlyName();
                List<String> list = name == null ? null : list(name, identity);
                if (list != null) {
                    return list.size() > mostValues ? List.of() : list;
                }
                return FilterValues.Replacement.super.all(column, value);
            }
        });
    }

    private static @Nullable String one(String name, Identity identity) {
        return name.equals("user") ? identity.user() : identity.claims().get(name.substring(CLAIM.length()));
    }

    private static @Nullable List<String> list(String name, Identity identity) {
        return name.equals("user") ? null : identity.lists().get(name.substring(CLAIM.length()));
    }

    /**
     * What of the rule holds for no row since the reader lacks it, by the text that uses it: why, in words that follow
     * it.
     */
    Map<String, String> lacks(Identity identity, int mostValues) {
        Map<String, String> lacks = new LinkedHashMap<>();
        FilterValues.replace(template, new FilterValues.Replacement() {
            @Override
            public String of(String column, String value) {
                for (String name : template(value).names()) {
                    String why = list(name, identity) != null
                            ? "is a list, which no value equals: write { $in: \"{" + name
                                    + "}\" } for any of its values"
                            : one(name, identity) == null ? "is not there" : null;
                    if (why != null) {
                        lacks.put("{" + name + "}", why);
                    }
                }
                return value;
            }

            @Override
            public List<String> all(String column, String value) {
                String name = template(value).onlyName();
                List<String> list = name == null ? null : list(name, identity);
                if (list == null) {
                    of(column, value);
                } else if (list.isEmpty()) {
                    lacks.put(value, "is an empty list");
                } else if (list.size() > mostValues) {
                    lacks.put(value, "is a list of " + list.size() + " values, of which a rule takes " + mostValues);
                }
                return List.of(value);
            }
        });
        return lacks;
    }

    /** As it is written, for people. */
    Filter template() {
        return template;
    }
}
