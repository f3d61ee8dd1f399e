package dev.changecast.server.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * A filter as a client writes it, and what it means.
 *
 * @param json a JSON object
 */
record RowFilter(String json, Predicate<JsonNode> holds) {
    static final RowFilter ALL = new RowFilter("{}", row -> true);

    /** One of a few rows. */
    static RowFilter oneOf(Random random, String column, List<String> values) {
        List<String> chosen = new ArrayList<>();
        List<String> quoted = new ArrayList<>();
        for (int i = 1 + random.nextInt(values.size()); i > 0; i--) {
            chosen.add(values.get(random.nextInt(values.size())));
            quoted.add(Operand.quoted(chosen.get(chosen.size() - 1)));
        }
        return new RowFilter(
                "{\"" + column + "\":{\"$in\":[" + String.join(",", quoted) + "]}}",
                row -> chosen.contains(row.path(column).asString()));
    }

    /** A part of an order; text that is plain ASCII. */
    static RowFilter atLeast(Random random, String column, List<String> values) {
        String least = values.get(random.nextInt(values.size()));
        return new RowFilter(
                "{\"" + column + "\":{\"$gte\":" + Operand.quoted(least) + "}}",
                row -> row.path(column).asString().compareTo(least) >= 0);
    }

    /** Numbers in which a row goes in and out as it is counted up. */
    static RowFilter below(String column, int limit) {
        return new RowFilter(
                "{\"" + column + "\":{\"$lt\":" + limit + "}}",
                row -> row.path(column).asInt() < limit);
    }

    RowFilter negated() {
        return new RowFilter("{\"$not\":" + json + "}", holds.negate());
    }
}
