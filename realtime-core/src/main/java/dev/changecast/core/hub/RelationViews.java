package dev.changecast.core.hub;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.core.filter.MatchIndex;
import dev.changecast.core.view.ChangeEncoder;
import dev.changecast.core.view.Outcome;
import dev.changecast.core.view.View;
import dev.changecast.core.view.ViewBinding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
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
        private long matchedBefore;
        private long matchedAfter;

        Bound(ViewBinding binding) {
            this.view = binding.view();
            this.encoder = new ChangeEncoder(binding);
        }
    }

    private final Map<View, Integer> holders = new HashMap<>();
    private final Map<View, Bound> bound = new HashMap<>();
    private final List<Bound> before = new ArrayList<>();
    private @Nullable Relation shape;
    private @Nullable MatchIndex<Bound> index;
    private long changes;

    void add(View view, BiConsumer<View, String> broken) {
        if (holders.merge(view, 1, Integer::sum) == 1 && shape != null) {
            bind(view, shape, broken);
        }
    }

    void remove(View view) {
        if (holders.computeIfPresent(view, (key, count) -> count == 1 ? null : count - 1) == null) {
            Bound gone = bound.remove(view);
            if (gone != null && index != null) {
                index.remove(gone);
            }
        }
    }

    boolean isEmpty() {
        return holders.isEmpty();
    }

    /** The relation has this shape from now on. */
    void take(Relation relation, BiConsumer<View, String> broken) {
        if (relation == shape) {
            return;
        }
        boolean same = relation.equals(shape);
        shape = relation;
        if (!same) {
            bound.clear();
            index = new MatchIndex<>(relation);
            List.copyOf(holders.keySet()).forEach(view -> bind(view, relation, broken));
        }
    }

    private void bind(View view, Relation relation, BiConsumer<View, String> broken) {
        try {
            Bound binding = new Bound(new ViewBinding(view, relation));
            Objects.requireNonNull(index).add(binding, view.filter());
            bound.put(view, binding);
        } catch (ChangecastException e) {
            broken.accept(view, Objects.requireNonNull(e.getMessage()));
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
        Relation relation = Objects.requireNonNull(shape);
        long change = ++changes;
        before.clear();
        index.matching(old, view -> {
            view.matchedBefore = change;
            before.add(view);
        });
        index.matching(after, view -> {
            view.matchedAfter = change;
            boolean then = view.matchedBefore == change;
            match.matched(view, ViewBinding.updated(relation, then, true, after, old));
        });
        for (Bound view : before) {
            if (view.matchedAfter != change) {
                match.matched(view, Outcome.DELETE);
            }
        }
    }
}
