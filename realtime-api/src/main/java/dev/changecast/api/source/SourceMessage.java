package dev.changecast.api.source;

import java.util.List;

/**
 * A message to people that somebody wrote into a database's own log, beside the changes of rows. A source gives it as an
 * insert of {@link #RELATION} at its place among the changes; the engine delivers it as it does published ones, and no
 * route shows the relation to anybody.
 */
public final class SourceMessage {
    /** Its one column has the message as its author wrote it: text that may be anything, and should be JSON. */
    public static final Relation RELATION = new Relation(
            "changecast",
            "message",
            List.of(new Column("message", "text", ValueType.TEXT)),
            List.of(),
            OldRow.NONE,
            null,
            // No table has such an identity, whatever its name.
            "changecast:message");

    private SourceMessage() {}

    /** Whether a relation is that of messages, also as a log gives it back. */
    public static boolean isRelation(Relation relation) {
        return RELATION.identity() != null && RELATION.identity().equals(relation.identity());
    }
}
