package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.core.filter.CanonicalFilter;
import dev.changecast.core.filter.RowPredicate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A view applied to one shape of its relation. Immutable. */
public final class ViewBinding {
    private final View view;
    private final Relation relation;
    private final RowPredicate predicate;
    private final int[] columns;

    /** Whether no row can be in it. */
    private final boolean empty;

    /** The columns of which a change is told, where some exist that are not; null where all are. */
    private final int @Nullable [] told;

    /**
     * @throws ChangecastException when the shape does not fit: a column is missing, or the filter needs old values that
     *     this shape does not give, or clients hold rows in another one
     */
    public ViewBinding(View view, Relation relation) {
        this.view = view;
        this.relation = relation;
        for (String column : RowPredicate.columns(view.filter())) {
            if (relation.indexOf(column) < 0) {
                throw new ChangecastException(
                        ErrorCode.UNKNOWN_COLUMN, relation.qualifiedName() + " has no column '" + column + "'");
            }
        }
        if (RowPredicate.needsOldRow(view.filter(), relation)) {
            throw new ChangecastException(ErrorCode.NEEDS_OLD_ROW, needsOldRow(view, relation));
        }
        if (!view.isOfShape(relation)) {
            throw new ChangecastException(
                    ErrorCode.BUSY, relation.qualifiedName() + " has just changed its shape; try again");
        }
        this.predicate = RowPredicate.compile(view.filter(), relation);
        this.columns = visible(view, relation);
        this.empty = view.filter().equals(CanonicalFilter.NONE);
        this.told = told(view, relation);
    }

    private static int @Nullable [] told(View view, Relation relation) {
        int[] exist = IntStream.range(0, relation.columns().size())
                .filter(index -> !view.isHidden(relation.columns().get(index).name()))
                .toArray();
        return exist.length == relation.columns().size() ? null : exist;
    }

    private static String needsOldRow(View view, Relation relation) {
        String remedy = relation.remedy() == null ? "" : "; on the database: " + relation.remedy();
        return "whether a row of '" + view.exposure().collection()
                + "' leaves this filter, or what you may see, can be told only with the old"
                + " row, which the source does not send: filter by key columns alone" + remedy;
    }

    /** The indexes of the columns that clients get. */
    static int[] visible(View view, Relation relation) {
        List<String> wanted = view.columns();
        if (wanted != null) {
            for (String column : wanted) {
                if (relation.indexOf(column) < 0 || view.isHidden(column)) {
                    throw new ChangecastException(
                            ErrorCode.UNKNOWN_COLUMN,
                            "'" + view.exposure().collection() + "' has no column '" + column + "'");
                }
            }
        }
        List<Integer> visible = new ArrayList<>();
        for (int i = 0; i < relation.columns().size(); i++) {
            String name = relation.columns().get(i).name();
            if (!view.isHidden(name) && (wanted == null || wanted.contains(name) || relation.isKey(i))) {
                visible.add(i);
            }
        }
        return visible.stream().mapToInt(Integer::intValue).toArray();
    }

    public View view() {
        return view;
    }

    public Relation relation() {
        return relation;
    }

    /** The indexes of the columns that clients get, in the relation's order; not to be changed. */
    public int[] columns() {
        return columns;
    }

    /** The columns that clients get. */
    public List<Column> visibleColumns() {
        List<Column> visible = new ArrayList<>();
        for (int index : columns) {
            visible.add(relation.columns().get(index));
        }
        return visible;
    }

    /** The key columns that clients get; empty when the relation has no key, or part of it is hidden. */
    public List<String> visibleKey() {
        List<String> key = new ArrayList<>();
        for (int index : relation.key()) {
            String name = relation.columns().get(index).name();
            if (view.isHidden(name)) {
                return List.of();
            }
            key.add(name);
        }
        return key;
    }

    public boolean matches(Row row) {
        return predicate.test(row);
    }

    /** What a change is in this view. */
    public Outcome outcome(Operation operation, @Nullable Row after, @Nullable Row before) {
        if (empty) {
            return Outcome.NONE;
        }
        return switch (operation) {
            case INSERT -> matches(given(after)) ? Outcome.INSERT : Outcome.NONE;
            case DELETE -> before == null || matches(before) ? Outcome.DELETE : Outcome.NONE;
            case TRUNCATE -> Outcome.TRUNCATE;
            case UPDATE -> updated(given(after), before);
        };
    }

    private Outcome updated(Row after, @Nullable Row before) {
        boolean now = matches(after);
        // Without an old row the key is as it was, and the filter looks at the key alone.
        boolean then = before == null ? now : matches(before);
        return updated(then, now, after, before);
    }

    /** What an update is for this view when the old row was in it, or not, and the new one is, or not. */
    public Outcome updated(boolean then, boolean now, Row after, @Nullable Row before) {
        if (then && now) {
            if (before == null || !keyChanged(relation, after, before)) {
                return isTold(after, before) ? Outcome.UPDATE : Outcome.NONE;
            }
            return Outcome.KEY_CHANGE;
        }
        return now ? Outcome.INSERT : then ? Outcome.DELETE : Outcome.NONE;
    }

    /** Whether an update changes anything that exists for the reader; true when that cannot be told. */
    private boolean isTold(Row after, @Nullable Row before) {
        return told == null || changed(told, after, before);
    }

    /** Whether one of these columns has another value, or may have. */
    static boolean changed(int[] columns, Row after, @Nullable Row before) {
        if (before == null) {
            return true;
        }
        for (int index : columns) {
            if (!after.isAbsent(index)
                    && (before.isAbsent(index) || !Objects.equals(after.text(index), before.text(index)))) {
                return true;
            }
        }
        return false;
    }

    /** Whether no row can be in the view, so that no change concerns it. */
    public boolean isEmpty() {
        return empty;
    }

    private static boolean keyChanged(Relation relation, Row after, Row before) {
        for (int index : relation.key()) {
            if (!Objects.equals(after.text(index), before.text(index))) {
                return true;
            }
        }
        return false;
    }

    private static Row given(@Nullable Row row) {
        return Objects.requireNonNull(row, "the source gave no row");
    }
}
