package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Relation;
import dev.changecast.core.Access;

/** Brings what somebody may see together with the relation that it is said of. */
final class Fitting {
    private Fitting() {}

    /** @throws ChangecastException when part of the key would be hidden: clients could not tell rows apart */
    static ColumnRule columns(Access access, Relation relation) {
        return requireKey(new ColumnRule(access.hide(), access.columns()), relation);
    }

    static ColumnRule requireKey(ColumnRule columns, Relation relation) {
        for (int index : relation.key()) {
            String name = relation.columns().get(index).name();
            if (columns.hides(name)) {
                throw new ChangecastException(
                        ErrorCode.BAD_CONFIGURATION,
                        "its key column '" + name + "' is hidden, and without the key nobody could tell its rows apart;"
                                + " take it out of 'hide', name it in 'columns', or route a view with another key");
            }
        }
        return columns;
    }
}
