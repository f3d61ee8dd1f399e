package dev.changecast.source.postgres;

/** Names in SQL. */
final class Identifiers {
    private Identifiers() {}

    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    static String quoted(String schema, String name) {
        return quoted(schema) + "." + quoted(name);
    }

    /** The statement that makes a table's changes tell the whole old row. */
    static String identityFull(String schema, String name) {
        return "ALTER TABLE " + quoted(schema, name) + " REPLICA IDENTITY FULL";
    }
}
