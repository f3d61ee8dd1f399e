package dev.changecast.api.source;

/**
 * A column of a relation.
 *
 * @param name as the source spells it
 * @param type the source's name of its type ({@code int4}, {@code timestamptz}, {@code text[]}), of a domain that of the type
 *     under it, which decides how values compare
 * @param valueType how its values compare
 */
public record Column(String name, String type, ValueType valueType) {}
