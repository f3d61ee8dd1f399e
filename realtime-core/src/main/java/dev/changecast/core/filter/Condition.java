package dev.changecast.core.filter;

import dev.changecast.api.filter.Filter.Comparison;
import java.util.Arrays;

/** A filter made ready for the rows of one relation: columns by their index, constants as keys. */
sealed interface Condition {
    Decision decide(RowKeys row);

    /** Every one, or at least one, of several. */
    record Group(boolean all, Condition[] members) implements Condition {
        @Override
        public Decision decide(RowKeys row) {
            Decision decides = all ? Decision.NO_MATCH : Decision.MATCH;
            Decision result = decides.opposite();
            for (Condition member : members) {
                Decision decision = member.decide(row);
                if (decision == decides) {
                    return decision;
                }
                if (decision == Decision.UNDECIDED) {
                    result = Decision.UNDECIDED;
                }
            }
            return result;
        }
    }

    /** The opposite. */
    record Not(Condition condition) implements Condition {
        @Override
        public Decision decide(RowKeys row) {
            return condition.decide(row).opposite();
        }
    }

    /** A column is null. */
    record IsNull(int column) implements Condition {
        @Override
        public Decision decide(RowKeys row) {
            return switch (row.state(column)) {
                case NULL -> Decision.MATCH;
                case ABSENT -> Decision.UNDECIDED;
                default -> Decision.NO_MATCH;
            };
        }
    }

    /** A column equals one of several constants, which are sorted by their bytes. */
    record In(int column, byte[][] constants) implements Condition {
        @Override
        public Decision decide(RowKeys row) {
            return switch (row.state(column)) {
                case KEY -> contains(row) ? Decision.MATCH : Decision.NO_MATCH;
                case ABSENT -> Decision.UNDECIDED;
                default -> Decision.NO_MATCH;
            };
        }

        private boolean contains(RowKeys row) {
            if (constants.length == 1) {
                return row.equal(column, constants[0]);
            }
            int low = 0;
            int high = constants.length - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                int order = row.compare(column, constants[middle]);
                if (order == 0) {
                    return true;
                }
                if (order > 0) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return false;
        }

        static In of(int column, byte[]... constants) {
            Arrays.sort(constants, Arrays::compareUnsigned);
            return new In(column, constants);
        }
    }

    /** A column is on one side of a constant. */
    record Range(int column, Comparison comparison, byte[] constant) implements Condition {
        @Override
        public Decision decide(RowKeys row) {
            return switch (row.state(column)) {
                case KEY -> holds(row.compare(column, constant)) ? Decision.MATCH : Decision.NO_MATCH;
                case ABSENT -> Decision.UNDECIDED;
                default -> Decision.NO_MATCH;
            };
        }

        private boolean holds(int order) {
            return switch (comparison) {
                case EQUAL -> order == 0;
                case GREATER -> order > 0;
                case GREATER_OR_EQUAL -> order >= 0;
                case LESS -> order < 0;
                case LESS_OR_EQUAL -> order <= 0;
            };
        }
    }
}
