package dev.changecast.source.postgres;

import dev.changecast.api.source.ValueType;

/**
 * What has to be known of a type.
 *
 * @param name for people: {@code int4}, {@code text[]}, an enum's name
 * @param base the name of the type under all domains, as in {@code pg_type}; decides how values are cast in SQL
 */
record PgType(String name, String base, ValueType valueType, ValueFormat format) {
    /** A type that is no longer in the catalog: its values are told as text. */
    static PgType unknown(long oid) {
        return new PgType("oid " + oid, "text", ValueType.OTHER, ValueFormat.TEXT);
    }
}
