package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.core.Identity;
import dev.changecast.core.Push.Priority;
import dev.changecast.core.filter.FilterValues;
import dev.changecast.core.filter.RowPredicate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where the changes of one shape of a relation go without a subscription: a pure function of the change, so that whoever
 * reads the log later finds the same. Immutable but for its encoder.
 */
public final class PushPlan {
    /** Where one change goes, and how urgently. */
    record Destination(String address, Priority priority) {}

    /** One push, bound to the shape. */
    private record Bound(
            AddressTemplate to, boolean needsRow, @Nullable RowPredicate when, Priority priority) {}

    private final RouteTable routes;
    private final String source;
    private final Relation relation;
    private final List<Bound> pushes = new ArrayList<>();
    private final ChangeEncoder encoder;
    private final boolean ruled;

    /** An update that changes none of these is told to nobody; null where every update is told. */
    private final int @Nullable [] told;

    /** @throws ChangecastException when what the routes say does not suit the relation */
    PushPlan(RouteTable routes, String source, Relation relation) {
        this.routes = routes;
        this.source = source;
        this.relation = relation;
        Exposure exposure = routes.exposure(source, relation);
        Rule.requireKey(exposure.columns(), relation);
        Set<String> needed = new TreeSet<>(routes.ruleColumns(source, relation));
        this.ruled = routes.isRuled(source, relation);
        FilterValues.fit(routes.rows(Identity.anonymous(), source, relation), relation);
        for (RouteTable.PushRule push : routes.pushes(source, relation)) {
            needed.addAll(push.to().columns());
            RowPredicate when = null;
            if (push.when() != null) {
                Filter filter = FilterValues.fit(push.when().filter(), relation);
                needed.addAll(RowPredicate.columns(filter));
                when = RowPredicate.compile(filter, relation);
            }
            boolean needsRow = when != null || !push.to().columns().isEmpty();
            pushes.add(new Bound(push.to(), needsRow, when, push.priority()));
        }
        for (String column : needed) {
            if (relation.indexOf(column) < 0) {
                throw new ChangecastException(
                        ErrorCode.BAD_CONFIGURATION, "a push needs the column '" + column + "', which it has not");
            }
        }
        View view = View.of(source, relation.qualifiedName(), exposure, Filter.ALL, null);
        ViewBinding binding = new ViewBinding(view, relation);
        this.encoder = new ChangeEncoder(binding);
        this.told = told(binding, needed);
    }

    private int @Nullable [] told(ViewBinding binding, Set<String> needed) {
        if (binding.columns().length == relation.columns().size()) {
            return null;
        }
        TreeSet<Integer> told = new TreeSet<>();
        for (int index : binding.columns()) {
            told.add(index);
        }
        // What a condition or an address hangs on may be hidden, and still makes the change one for them.
        needed.forEach(column -> told.add(relation.indexOf(column)));
        return told.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * The change as it is pushed; null when it is for nobody.
     *
     * @param minor the change's place in its transaction
     */
    public @Nullable PushedChange pushed(
            Operation operation,
            @Nullable Row after,
            @Nullable Row before,
            ChangeEncoder.Transaction transaction,
            long major,
            long minor) {
        if (after != null && before != null && told != null && !ViewBinding.changed(told, after, before)) {
            return null;
        }
        Row row = after != null ? after : before;
        List<Destination> to = to(row);
        return to.isEmpty() ? null : new PushedRow(this, to, operation, row, after != null, transaction, major, minor);
    }

    /**
     * Each address once, with the highest priority that a push gives it; those of higher priority first, so that who has
     * several gets the change by that.
     */
    private List<Destination> to(@Nullable Row row) {
        List<Destination> to = new ArrayList<>(4);
        for (Priority priority : Priority.values()) {
            for (Bound push : pushes) {
                String address = push.priority == priority ? address(push, row) : null;
                if (address != null
                        && to.stream().noneMatch(known -> known.address().equals(address))) {
                    to.add(new Destination(address, priority));
                }
            }
        }
        return to;
    }

    private @Nullable String address(Bound push, @Nullable Row row) {
        if (row == null) {
            return push.needsRow ? null : push.to.of(column -> null);
        }
        return push.when == null || push.when.test(row)
                ? push.to.of(column -> row.text(relation.indexOf(column)))
                : null;
    }

    /** Which rows somebody may see; null when all. */
    @Nullable
    RowPredicate rows(Identity identity) {
        return ruled
                ? RowPredicate.compile(FilterValues.fit(routes.rows(identity, source, relation), relation), relation)
                : null;
    }

    boolean isRuled() {
        return ruled;
    }

    ChangeEncoder encoder() {
        return encoder;
    }
}
