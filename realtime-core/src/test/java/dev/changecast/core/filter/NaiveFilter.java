package dev.changecast.core.filter;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A filter that evaluates itself in the plainest way, and can be written in JSON in many ways that mean the same. */
sealed interface NaiveFilter {
    boolean matches(Map<String, @Nullable Object> row);

    /** One of the ways to write it, as an object. */
    String json(Random random);

    /** One operator on one column. */
    record Leaf(NaiveType type, String operator, List<Object> values) implements NaiveFilter {
        @Override
        public boolean matches(Map<String, @Nullable Object> row) {
            Object actual = row.get(type.column());
            if (operator.equals("$null")) {
                return actual == null;
            }
            if (actual == null) {
                return operator.equals("$ne") || operator.equals("$nin");
            }
            List<Integer> orders = values.stream()
                    .map(value -> type.order().compare(actual, value))
                    .toList();
            return switch (operator) {
                case "$eq", "$in" -> orders.contains(0);
                case "$ne", "$nin" -> !orders.contains(0);
                case "$gt" -> orders.get(0) > 0;
                case "$gte" -> orders.get(0) >= 0;
                case "$lt" -> orders.get(0) < 0;
                default -> orders.get(0) <= 0;
            };
        }

        @Override
        public String json(Random random) {
            return switch (operator) {
                case "$null" ->
                    switch (random.nextInt(4)) {
                        case 0 -> on("null");
                        case 1 -> on("{\"$null\":true}");
                        case 2 -> on("{\"$eq\":null}");
                        default -> on("{\"$not\":{\"$null\":false}}");
                    };
                case "$eq" -> equal(random, values.get(0));
                case "$ne" ->
                    random.nextBoolean()
                            ? on("{\"$ne\":" + constant(random, values.get(0)) + "}")
                            : "{\"$not\":" + equal(random, values.get(0)) + "}";
                case "$in" -> in(random);
                case "$nin" ->
                    random.nextBoolean() ? on("{\"$nin\":" + list(random) + "}") : "{\"$not\":" + in(random) + "}";
                default -> {
                    String operators = "{\"" + operator + "\":" + constant(random, values.get(0)) + "}";
                    yield random.nextBoolean() ? on(operators) : on("{\"$not\":{\"$not\":" + operators + "}}");
                }
            };
        }

        private String equal(Random random, Object value) {
            return random.nextBoolean() ? on(constant(random, value)) : on("{\"$eq\":" + constant(random, value) + "}");
        }

        private String in(Random random) {
            if (random.nextBoolean()) {
                return on("{\"$in\":" + list(random) + "}");
            }
            List<String> branches = new ArrayList<>(
                    values.stream().map(value -> equal(random, value)).toList());
            Collections.shuffle(branches, random);
            return "{\"$or\":[" + String.join(",", branches) + "]}";
        }

        private String list(Random random) {
            List<String> constants = new ArrayList<>(
                    values.stream().map(value -> constant(random, value)).toList());
            if (!constants.isEmpty() && random.nextBoolean()) {
                constants.add(constant(random, values.get(0)));
            }
            Collections.shuffle(constants, random);
            return "[" + String.join(",", constants) + "]";
        }

        private String constant(Random random, Object value) {
            return type.constant().apply(random, value);
        }

        private String on(String what) {
            return "{\"" + type.column() + "\":" + what + "}";
        }
    }

    /** All or one of several. */
    record Group(boolean all, List<NaiveFilter> members) implements NaiveFilter {
        @Override
        public boolean matches(Map<String, @Nullable Object> row) {
            return all
                    ? members.stream().allMatch(member -> member.matches(row))
                    : members.stream().anyMatch(member -> member.matches(row));
        }

        @Override
        public String json(Random random) {
            List<String> parts = new ArrayList<>(
                    members.stream().map(member -> member.json(random)).toList());
            if (!parts.isEmpty() && random.nextInt(3) == 0) {
                parts.add(parts.get(0));
            }
            Collections.shuffle(parts, random);
            if (parts.size() > 2 && random.nextInt(3) == 0) {
                String nested = group(parts.subList(1, parts.size()));
                return group(List.of(parts.get(0), nested));
            }
            if (random.nextInt(4) == 0) {
                List<String> opposites =
                        parts.stream().map(part -> "{\"$not\":" + part + "}").toList();
                return "{\"$not\":" + (all ? "{\"$or\":[" : "{\"$and\":[") + String.join(",", opposites) + "]}}";
            }
            return group(parts);
        }

        private String group(List<String> parts) {
            return (all ? "{\"$and\":[" : "{\"$or\":[") + String.join(",", parts) + "]}";
        }
    }

    /** The opposite. */
    record Not(NaiveFilter filter) implements NaiveFilter {
        @Override
        public boolean matches(Map<String, @Nullable Object> row) {
            return !filter.matches(row);
        }

        @Override
        public String json(Random random) {
            return "{\"$not\":" + filter.json(random) + "}";
        }
    }

    /** Any filter on these columns. */
    static NaiveFilter random(Random random, List<NaiveType> types, int depth) {
        int kind = depth == 0 ? 9 : random.nextInt(10);
        if (kind < 4) {
            List<NaiveFilter> members = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                members.add(random(random, types, depth - 1));
            }
            return new Group(kind < 2, members);
        }
        if (kind == 4) {
            return new Not(random(random, types, depth - 1));
        }
        NaiveType type = types.get(random.nextInt(types.size()));
        List<String> operators = !type.comparable()
                ? List.of("$null")
                : type.ordered()
                        ? List.of(
                                "$eq", "$eq", "$eq", "$ne", "$in", "$in", "$nin", "$null", "$gt", "$gte", "$lt", "$lte")
                        : List.of("$eq", "$eq", "$ne", "$in", "$nin", "$null");
        String operator = operators.get(random.nextInt(operators.size()));
        int count = operator.endsWith("in") ? random.nextInt(5) : 1;
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(type.values().get(random.nextInt(type.values().size())));
        }
        return new Leaf(type, operator, values);
    }
}
