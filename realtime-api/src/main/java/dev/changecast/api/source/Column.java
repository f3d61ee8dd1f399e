package dev.changecast.api.source;

/**
 * A column of a relation.
 *
 * @param name as the source spells it
 * @param type the source's name of its type, for people ({@code int4}, {@code timestamptz}, {@code text[]})
 * @param valueType how its values compare
 */
public record Column(String name, String type, ValueType valueType) {}
