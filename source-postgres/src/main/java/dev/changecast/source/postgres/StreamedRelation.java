package dev.changecast.source.postgres;

import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import java.util.List;

/**
 * A relation as the stream tells its rows.
 *
 * @param formats of the columns
 * @param identity which columns belong to the replica identity
 * @param wanted whether the configuration asks for its changes
 */
record StreamedRelation(Relation relation, ValueFormat[] formats, boolean[] identity, boolean wanted) {
    static final StreamedRelation NONE = new StreamedRelation(
            new Relation("", "", List.of(), List.of(), OldRow.NONE, null), new ValueFormat[0], new boolean[0], false);
}
