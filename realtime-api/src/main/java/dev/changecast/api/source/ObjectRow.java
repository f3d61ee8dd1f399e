package dev.changecast.api.source;

import org.jspecify.annotations.Nullable;

/** A row of Java values; see {@link Row#of}. */
final class ObjectRow implements Row {
    private final @Nullable Object[] values;

    ObjectRow(@Nullable Object[] values) {
        this.values = values.clone();
    }

    @Override
    public int size() {
        return values.length;
    }

    @Override
    public void write(int column, ValueWriter to) {
        Object value = values[column];
        if (value == null) {
            to.nil();
        } else if (value == ABSENT) {
            to.absent();
        } else if (value instanceof Boolean bool) {
            to.bool(bool);
        } else if (value instanceof Long
                || value instanceof Integer
                || value instanceof Short
                || value instanceof Byte) {
            to.number(((Number) value).longValue());
        } else if (value instanceof Double number && Double.isFinite(number)) {
            to.literal(Double.toString(number));
        } else if (value instanceof Json json) {
            to.literal(json.text());
        } else {
            to.text(value.toString());
        }
    }

    record Json(String text) {}
}
