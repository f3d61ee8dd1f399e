package dev.changecast.api.filter;

import java.util.List;

/**
 * A condition on one row. It is true or false, never unknown: a comparison with a null value is false, and {@link Not}
 * turns false into true; so {@code not (a = 1)} holds for a row whose {@code a} is null. A source that translates a
 * filter for its database must keep this meaning (in SQL: {@code coalesce(a = 1, false)}).
 *
 * <p>The engine checks a filter against the relation before a source sees it: columns exist, comparisons suit the
 * column's {@link dev.changecast.api.source.ValueType}, and values are in the form in which the column's own values are
 * written on the wire.
 */
public sealed interface Filter {
    /** True for every row. */
    Filter ALL = new And(List.of());

    /** True when all are; true when there are none. */
    record And(List<Filter> filters) implements Filter {
        public And {
            filters = List.copyOf(filters);
        }
    }

    /** True when at least one is; false when there are none. */
    record Or(List<Filter> filters) implements Filter {
        public Or {
            filters = List.copyOf(filters);
        }
    }

    /** True when the other is false. */
    record Not(Filter filter) implements Filter {}

    /** The column's value compared with a constant; text is compared by its bytes in UTF-8. */
    record Compare(String column, Comparison comparison, String value) implements Filter {}

    /** The column's value equals one of these. */
    record In(String column, List<String> values) implements Filter {
        public In {
            values = List.copyOf(values);
        }
    }

    /** The column is null. */
    record IsNull(String column) implements Filter {}

    /** How two values compare. */
    enum Comparison {
        EQUAL("="),
        GREATER(">"),
        GREATER_OR_EQUAL(">="),
        LESS("<"),
        LESS_OR_EQUAL("<=");

        private final String symbol;

        Comparison(String symbol) {
            this.symbol = symbol;
        }

        /** The sign for it in SQL and in mathematics. */
        public String symbol() {
            return symbol;
        }
    }
}
