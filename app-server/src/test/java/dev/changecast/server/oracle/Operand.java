package dev.changecast.server.oracle;

/**
 * One value, as a client writes it in a filter and as SQL writes it.
 *
 * @param json what stands in a filter; null for what only a row can hold
 * @param sql a literal with its type
 */
record Operand(String json, String sql) {
    static Operand number(String text, String type) {
        return new Operand(text, "'" + text + "'::" + type);
    }

    /** The same text for both, as a JSON string. */
    static Operand text(String text, String type) {
        return new Operand(quoted(text), sql(text, type));
    }

    static Operand of(String json, String text, String type) {
        return new Operand(json, sql(text, type));
    }

    static String sql(String text, String type) {
        return "'" + text.replace("'", "''") + "'::" + type;
    }

    static String quoted(String text) {
        return FollowingClient.JSON.writeValueAsString(text);
    }
}
