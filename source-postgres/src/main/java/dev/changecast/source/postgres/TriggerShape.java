package dev.changecast.source.postgres;

import dev.changecast.api.source.Relation;
import java.util.List;

/**
 * How the rows of a table, or of one partition, are read.
 *
 * @param relation as which they are told: that of the partitioned table
 * @param formats of the relation's columns
 * @param places for each field of a row the relation's column, or -1 for one that is not told
 * @param certain whether the rows of the tick that this shape is first met in are all of this shape
 * @param wanted whether the configuration asks for its changes
 */
record TriggerShape(Relation relation, ValueFormat[] formats, int[] places, boolean certain, boolean wanted) {
    /** The root's columns are found by name, as partitions may have theirs in another order. */
    static TriggerShape of(
            Relation relation,
            List<PgType> types,
            List<String> fields,
            List<Long> fieldTypes,
            boolean certain,
            boolean wanted) {
        int[] places = new int[fields.size()];
        for (int i = 0; i < places.length; i++) {
            places[i] = fieldTypes.get(i) == 0 ? -1 : relation.indexOf(fields.get(i));
        }
        ValueFormat[] formats = types.stream().map(PgType::format).toArray(ValueFormat[]::new);
        return new TriggerShape(relation, formats, places, certain, wanted);
    }
}
