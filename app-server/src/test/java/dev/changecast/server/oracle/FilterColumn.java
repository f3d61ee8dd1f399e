package dev.changecast.server.oracle;

import java.util.List;

/**
 * A column that filters ask for.
 *
 * @param name as in the table
 * @param compared the SQL expression that is compared with the operands
 * @param ordered whether it may be asked for more and less
 * @param operands what it is compared with; none when it can only be asked for null
 */
record FilterColumn(String name, String compared, boolean ordered, List<Operand> operands) {
    FilterColumn {
        operands = List.copyOf(operands);
    }

    static FilterColumn ordered(String name, List<Operand> operands) {
        return new FilterColumn(name, quoted(name), true, operands);
    }

    /** Text, whose order is that of its bytes whatever the column's own collation. */
    static FilterColumn text(String name, List<Operand> operands) {
        return new FilterColumn(name, quoted(name) + " COLLATE \"C\"", true, operands);
    }

    /** For equality only, by the text that the database writes for it; a cast to text writes some types otherwise. */
    static FilterColumn equal(String name, List<Operand> operands) {
        String column = quoted(name);
        String text = "CASE WHEN " + column + " IS NULL THEN NULL ELSE format('%s', " + column + ") END";
        return new FilterColumn(name, "(" + text + ") COLLATE \"C\"", false, operands);
    }

    static FilterColumn nullOnly(String name) {
        return new FilterColumn(name, quoted(name), false, List.of());
    }

    String quotedName() {
        return quoted(name);
    }

    private static String quoted(String name) {
        return "\"" + name + "\"";
    }
}
