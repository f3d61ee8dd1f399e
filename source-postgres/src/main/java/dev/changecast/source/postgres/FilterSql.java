package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.filter.Filter.Comparison;
import dev.changecast.api.source.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Puts a filter into SQL, with its values as parameters. Each comparison is made two-valued, and compares as the engine
 * compares the values on the wire, whatever collation or case folding the column has.
 */
final class FilterSql {
    private final RelationCatalog.Described table;
    private final List<String> parameters = new ArrayList<>();
    private final String condition;

    FilterSql(Filter filter, RelationCatalog.Described table) {
        this.table = table;
        condition = of(filter);
    }

    String condition() {
        return condition;
    }

    /** The values for the question marks, all text. */
    List<String> parameters() {
        return parameters;
    }

    private String of(Filter filter) {
        if (filter instanceof Filter.And and) {
            return joined(and.filters(), " AND ", "true");
        } else if (filter instanceof Filter.Or or) {
            return joined(or.filters(), " OR ", "false");
        } else if (filter instanceof Filter.Not not) {
            return "(NOT " + of(not.filter()) + ")";
        } else if (filter instanceof Filter.IsNull isNull) {
            // ROW(NULL, NULL) IS NULL is true of a composite value that is not null itself.
            return "(NOT (" + ColumnSql.name(column(isNull.column())) + " IS DISTINCT FROM NULL))";
        } else if (filter instanceof Filter.In in) {
            return in.values().isEmpty()
                    ? "false"
                    : in.values().stream()
                            .map(value -> comparison(in.column(), Comparison.EQUAL, value))
                            .collect(Collectors.joining(" OR ", "(", ")"));
        } else {
            Filter.Compare compare = (Filter.Compare) filter;
            return comparison(compare.column(), compare.comparison(), compare.value());
        }
    }

    private String joined(List<Filter> filters, String operator, String ofNone) {
        return filters.isEmpty()
                ? ofNone
                : filters.stream().map(this::of).collect(Collectors.joining(operator, "(", ")"));
    }

    private String comparison(String name, Comparison comparison, String value) {
        Column column = column(name);
        PgType type = table.types().get(table.relation().indexOf(name));
        return "coalesce(" + comparison(column, type, comparison, value) + ", false)";
    }

    private String comparison(Column column, PgType type, Comparison comparison, String value) {
        String name = ColumnSql.name(column);
        String symbol = " " + comparison.symbol() + " ";
        return switch (column.valueType()) {
            case BOOLEAN -> name + symbol + parameter(value, "bool");
            case INTEGER -> name + symbol + parameter(value, "int8");
            case FLOAT -> name + symbol + parameter(value, type.name());
            case DECIMAL -> name + symbol + parameter(value, "numeric");
            case UUID -> name + symbol + parameter(value, "uuid");
            case DATE -> name + symbol + parameter(TemporalFormat.toDatabase(value), "date");
            case TIME -> name + symbol + parameter(value, "time");
            case TIMESTAMP -> name + symbol + parameter(TemporalFormat.toDatabase(value), "timestamp");
            case TIMESTAMP_TZ -> name + symbol + parameter(TemporalFormat.toDatabase(value), "timestamptz");
            case BINARY -> name + symbol + "decode(" + parameter(value, "text") + ", 'base64')";
            case TEXT -> text(column, type, comparison, value);
            case ENUM, OTHER -> bytes(ColumnSql.output(column, type), comparison, value);
            case JSON, ARRAY ->
                throw new ChangecastException(
                        ErrorCode.BAD_FILTER,
                        column.name() + " is " + column.type() + ", of which only $null can be asked");
        };
    }

    private String text(Column column, PgType type, Comparison comparison, String value) {
        if (column.type().equals("bpchar")) {
            // Blanks at the end mean nothing; the cast cuts them off.
            return bytes(ColumnSql.name(column) + "::text", comparison, value);
        }
        String exact = bytes(ColumnSql.output(column, type), comparison, value);
        boolean mayUseIndex = comparison == Comparison.EQUAL
                && (type.name().equals("text") || type.name().equals("varchar"));
        // What is equal byte for byte is equal in every collation: the first part lets an ordinary index help.
        return mayUseIndex ? ColumnSql.name(column) + " = " + parameter(value, "text") + " AND " + exact : exact;
    }

    private String bytes(String expression, Comparison comparison, String value) {
        return "(" + expression + ") COLLATE \"C\" " + comparison.symbol() + " " + parameter(value, "text");
    }

    private String parameter(String value, String type) {
        parameters.add(value);
        return "CAST(? AS " + type + ")";
    }

    private Column column(String name) {
        int index = table.relation().indexOf(name);
        if (index < 0) {
            throw new ChangecastException(
                    ErrorCode.UNKNOWN_COLUMN,
                    "there is no column " + name + " in " + table.relation().qualifiedName());
        }
        return table.relation().columns().get(index);
    }
}
