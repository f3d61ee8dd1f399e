package dev.changecast.server.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A filter as a client writes it, and what it means in SQL. The SQL is written here from the description of the language
 * alone, so that three can be compared: this, the product's own SQL, and what it decides for changes.
 *
 * @param json a JSON object
 * @param sql a condition that is true or false, never unknown
 */
record RandomFilter(String json, String sql) {
    private static final List<String> COMPARISONS = List.of("=", ">", ">=", "<", "<=");
    private static final List<String> OPERATORS = List.of("$eq", "$gt", "$gte", "$lt", "$lte");

    static RandomFilter next(Random random, List<FilterColumn> columns) {
        return conditions(random, columns, random.nextInt(10) < 7 ? 1 : 3);
    }

    private static RandomFilter conditions(Random random, List<FilterColumn> columns, int depth) {
        int count = random.nextInt(12) == 0 ? 0 : 1 + random.nextInt(depth > 1 ? 3 : 2);
        List<String> json = new ArrayList<>();
        List<String> sql = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int kind = depth > 1 ? random.nextInt(6) : 9;
            String name = kind < 2 ? "$and" : kind < 4 ? "$or" : kind == 4 ? "$not" : "";
            if (names.contains(name) && !name.isEmpty()) {
                continue;
            }
            if (name.equals("$not")) {
                RandomFilter inner = conditions(random, columns, depth - 1);
                json.add("\"$not\":" + inner.json);
                sql.add("NOT (" + inner.sql + ")");
            } else if (!name.isEmpty()) {
                List<RandomFilter> inner = new ArrayList<>();
                for (int j = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(3); j > 0; j--) {
                    inner.add(conditions(random, columns, depth - 1));
                }
                json.add("\"" + name + "\":["
                        + String.join(
                                ",", inner.stream().map(RandomFilter::json).toList()) + "]");
                sql.add(joined(inner.stream().map(RandomFilter::sql).toList(), name.equals("$and")));
            } else {
                FilterColumn column = columns.get(random.nextInt(columns.size()));
                name = column.name();
                if (names.contains(name)) {
                    continue;
                }
                RandomFilter condition = random.nextInt(3) == 0 ? value(random, column) : operators(random, column, 2);
                json.add(Operand.quoted(name) + ":" + condition.json);
                sql.add(condition.sql);
            }
            names.add(name);
        }
        return new RandomFilter("{" + String.join(",", json) + "}", joined(sql, true));
    }

    private static String joined(List<String> conditions, boolean all) {
        return conditions.isEmpty()
                ? Boolean.toString(all)
                : "(" + String.join(all ? " AND " : " OR ", conditions) + ")";
    }

    private static RandomFilter value(Random random, FilterColumn column) {
        if (column.operands().isEmpty() || random.nextInt(8) == 0) {
            return new RandomFilter("null", column.quotedName() + " IS NULL");
        }
        Operand operand = operand(random, column);
        return new RandomFilter(operand.json(), compared(column, "=", operand));
    }

    private static RandomFilter operators(Random random, FilterColumn column, int depth) {
        List<String> json = new ArrayList<>();
        List<String> sql = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
            int kind = column.operands().isEmpty() ? 9 : random.nextInt(depth > 1 ? 12 : 10);
            String name;
            RandomFilter condition;
            if (kind < 5) {
                int comparison = column.ordered() ? random.nextInt(COMPARISONS.size()) : 0;
                name = OPERATORS.get(comparison);
                Operand operand = operand(random, column);
                condition = new RandomFilter(operand.json(), compared(column, COMPARISONS.get(comparison), operand));
            } else if (kind == 5) {
                name = "$ne";
                RandomFilter equal = value(random, column);
                condition = new RandomFilter(equal.json, "NOT (" + equal.sql + ")");
            } else if (kind < 8) {
                name = kind == 6 ? "$in" : "$nin";
                RandomFilter in = in(random, column);
                condition = kind == 6 ? in : new RandomFilter(in.json, "NOT (" + in.sql + ")");
            } else if (kind < 10) {
                name = "$null";
                boolean isNull = random.nextBoolean();
                condition = new RandomFilter(
                        Boolean.toString(isNull), column.quotedName() + " IS " + (isNull ? "" : "NOT ") + "NULL");
            } else {
                name = "$not";
                RandomFilter inner = operators(random, column, depth - 1);
                condition = new RandomFilter(inner.json, "NOT (" + inner.sql + ")");
            }
            if (!names.contains(name)) {
                names.add(name);
                json.add("\"" + name + "\":" + condition.json);
                sql.add(condition.sql);
            }
        }
        return new RandomFilter("{" + String.join(",", json) + "}", joined(sql, true));
    }

    private static RandomFilter in(Random random, FilterColumn column) {
        List<String> json = new ArrayList<>();
        List<String> sql = new ArrayList<>();
        for (int i = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(4); i > 0; i--) {
            RandomFilter value = value(random, column);
            json.add(value.json);
            sql.add(value.sql);
        }
        return new RandomFilter("[" + String.join(",", json) + "]", joined(sql, false));
    }

    private static Operand operand(Random random, FilterColumn column) {
        return column.operands().get(random.nextInt(column.operands().size()));
    }

    private static String compared(FilterColumn column, String comparison, Operand operand) {
        return "coalesce(" + column.compared() + " " + comparison + " " + operand.sql() + ", false)";
    }
}
