package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Relation;
import dev.changecast.core.Access;
import dev.changecast.core.filter.FilterValues;

/**
 * What somebody may see, brought together with the relation that it is said of.
 *
 * @param rows which rows, in canonical form
 * @param columns which columns
 */
public record Rule(Filter rows, ColumnRule columns) {
    /**
     * @throws ChangecastException when it does not suit the relation, of which then nothing may be seen: the relation lacks
     *     a column of the rule, or would lose part of its key
     */
    public static Rule of(Access access, Relation relation) {
        ColumnRule columns = new ColumnRule(access.hide(), access.columns());
        requireKey(columns, relation);
        return new Rule(FilterValues.fit(access.rows(), relation), columns);
    }

    /** Without its key, clients could not tell rows apart. */
    static void requireKey(ColumnRule columns, Relation relation) {
        for (int index : relation.key()) {
            String name = relation.columns().get(index).name();
            if (columns.hides(name)) {
                throw new ChangecastException(
                        ErrorCode.BAD_CONFIGURATION,
                        "its key column '" + name + "' is hidden, and without the key nobody could tell its rows apart;"
                                + " take it out of 'hide', name it in 'columns', or route a view with another key");
            }
        }
    }
}
