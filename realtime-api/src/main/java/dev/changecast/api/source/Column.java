package dev.changecast.api.source;

import org.jspecify.annotations.Nullable;

/**
 * A column of a relation.
 *
 * @param name as the source spells it
 * @param type the source's name of its type ({@code int4}, {@code timestamptz}, {@code text[]}), of a domain that of the type
 *     under it, which decides how values compare
 * @param valueType how its values compare
 * @param modifier what else belongs to the type and decides what values look like, as the source spells it (the scale of a
 *     {@code numeric}): when it changes, so may values that no change tells of. Null where there is nothing
 */
public record Column(
        String name,
        String type,
        ValueType valueType,
        @Nullable String modifier) {
    /** A column whose type has nothing that could change beside its name. */
    public Column(String name, String type, ValueType valueType) {
        this(name, type, valueType, null);
    }
}
