package dev.changecast.core.log;

import dev.changecast.api.source.Relation;

/** Says which relations a reader wants to see; asked often, so it must be quick. */
@FunctionalInterface
public interface Interest {
    /** Everything. */
    Interest ALL = relation -> true;

    boolean wants(Relation relation);
}
