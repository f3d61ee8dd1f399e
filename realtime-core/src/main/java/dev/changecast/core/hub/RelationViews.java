package dev.changecast.core.hub;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.core.filter.MatchIndex;
import dev.changecast.core.statistics.RouteCounters;
import dev.changecast.core.statistics.SourceCounters;
import dev.changecast.core.view.ChangeEncoder;
import dev.changecast.core.view.Outcome;
import dev.changecast.core.view.View;
import dev.changecast.core.view.ViewBinding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The views of one relation, indexed for the shape it has at present. Used by the hub's thread alone. */
final class RelationViews {
    /** Takes what a change is in a view. */
    @FunctionalInterface
    interface Match {
        void matched(Bound bound, Outcome outcome);
    }

    /** A view bound to the present shape. */
    static final class Bound {
        final View view;
        final ChangeEncoder encoder;
        final RouteCounters counters;
        private long matchedBefore;
        private long matchedAfter;

        Bound(ViewBinding binding, RouteCounters counters) {
            this.view = binding.view();
            this.counters = counters;
            this.encoder = new ChangeEncoder(binding);
        }
    }

    private final SourceCounters counters;
    private final Map<View, Integer> holders = new HashMap<>();
    private final Map<View, Bound> bound = new HashMap<>();
    private final Set<View> misfits = new HashSet<>();
    private final List<Bound> before = new ArrayList<>();
    private @Nullable Relation shape;
    private @Nullable Relation known;
    private @Nullable MatchIndex<Bound> index;
    private long changes;

    RelationViews(SourceCounters counters) {
        this.counters = counters;
    }

    /** Adds a view; {@code misfit} takes it when it does not fit the shape of the last change. */
    void add(View view, Consumer<View> misfit) {
        if (holders.merge(view, 1, Integer::sum) == 1 && shape != null) {
            bind(view, shape, misfit);
        }
    }

    void remove(View view) {
        if (holders.computeIfPresent(view, (key, count) -> count == 1 ? null : count - 1) == null) {
            Bound gone = bound.remove(view);
            misfits.remove(view);
            if (gone != null && index != null) {
                index.remove(gone);
            }
        }
    }

    boolean isEmpty() {
        return holders.isEmpty();
    }

    /** Whether the last change was in this shape. */
    boolean isIn(@Nullable Relation relation) {
        return Objects.equals(shape, relation);
    }

    /** The source says that the relation has this shape now, or, with null, that it is gone. */
    void know(@Nullable Relation relation, Consumer<View> broken) {
        if (relation == null) {
            holders.keySet().forEach(broken);
        } else if (!relation.equals(known)) {
            holders.keySet().stream().filter(view -> !fits(view, relation)).forEach(broken);
        }
        known = relation;
    }

    private static boolean fits(View view, Relation relation) {
        try {
            new ViewBinding(view, relation);
            return true;
        } catch (ChangecastException e) {
            return false;
        }
    }

    /** A change comes in this shape; {@code broken} takes the views that it cannot be told in. */
    void take(Relation relation, Consumer<View> broken) {
        if (relation != shape && !relation.equals(shape)) {
            bound.clear();
            misfits.clear();
            index = new MatchIndex<>(relation);
            holders.keySet().forEach(view -> bind(view, relation, misfit -> {}));
        }
        shape = relation;
        misfits.forEach(broken);
    }

    private void bind(View view, Relation relation, Consumer<View> misfit) {
        try {
            Bound binding = new Bound(
                    new ViewBinding(view, relation),
                    counters.route(view.exposure().route()));
            if (!binding.encoder.binding().isEmpty()) {
                Objects.requireNonNull(index).add(binding, view.filter());
                bound.put(view, binding);
            }
        } catch (ChangecastException e) {
            misfits.add(view);
            misfit.accept(view);
        }
    }

    /** Tells what a change of the present shape is in each view that it concerns. */
    void match(Operation operation, @Nullable Row after, @Nullable Row before, Match match) {
        MatchIndex<Bound> index = Objects.requireNonNull(this.index);
        switch (operation) {
            case TRUNCATE -> bound.values().forEach(view -> match.matched(view, Outcome.TRUNCATE));
            case INSERT -> index.matching(Objects.requireNonNull(after), view -> match.matched(view, Outcome.INSERT));
            case DELETE -> {
                if (before == null) {
                    bound.values().forEach(view -> match.matched(view, Outcome.DELETE));
                } else {
                    index.matching(before, view -> match.matched(view, Outcome.DELETE));
                }
            }
            case UPDATE -> {
                if (before == null) {
                    // The key is as it was, and filters look at the key alone: see ViewBinding.
                    index.matching(Objects.requireNonNull(after), view -> match.matched(view, Outcome.UPDATE));
                } else {
                    update(index, Objects.requireNonNull(after), before, match);
                }
            }
        }
    }

    private void update(MatchIndex<Bound> index, Row after, Row old, Match match) {
        long change = ++changes;
        before.clear();
        index.matching(old, view -> {
            view.matchedBefore = change;
            before.add(view);
        });
        index.matching(after, view -> {
            view.matchedAfter = change;
            boolean then = view.matchedBefore == change;
            Outcome outcome = view.encoder.binding().updated(then, true, after, old);
            if (outcome != Outcome.NONE) {
                match.matched(view, outcome);
            }
        });
        for (Bound view : before) {
            if (view.matchedAfter != change) {
                match.matched(view, Outcome.DELETE);
            }
        }
    }
}
