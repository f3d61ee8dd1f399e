package dev.changecast.core.log;

import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import org.jspecify.annotations.Nullable;

/** Is shown the changes of a chunk. */
@FunctionalInterface
public interface ChangeVisitor {
    /**
     * One change; its position is the {@code major} of its chunk and this {@code minor}. The rows are views of the
     * chunk's bytes, read when they are asked, and may be kept and shared by threads.
     *
     * @param after the row as it is now; null for a delete and a truncate
     * @param before what is known of the row as it was; null when nothing is known
     */
    void change(long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before);
}
