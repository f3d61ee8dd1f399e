package dev.changecast.source.postgres;

import dev.changecast.api.source.ValueType;

/**
 * What has to be known of a type.
 *
 * @param name as in {@code pg_type}, with {@code []} for an array; of a domain that of the type under it, which decides how
 *     values compare
 */
record PgType(String name, ValueType valueType, ValueFormat format) {
    /** A type that is no longer in the catalog: its values are told as text. */
    static PgType unknown(long oid) {
        return new PgType("oid " + oid, ValueType.OTHER, ValueFormat.TEXT);
    }
}
