package dev.changecast.core.view;

import dev.changecast.core.Identity;
import dev.changecast.core.filter.RowPredicate;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;

/** Knows which rows somebody may see of what is pushed. Used by one thread at a time. */
public final class PushReader {
    private static final int PLANS = 64;

    private final Identity identity;
    private final Map<PushPlan, RowPredicate> rows = new IdentityHashMap<>(2);

    public PushReader(Identity identity) {
        this.identity = identity;
    }

    RowPredicate rows(PushPlan plan) {
        if (rows.size() > PLANS) {
            rows.clear();
        }
        return rows.computeIfAbsent(plan, key -> Objects.requireNonNull(key.rows(identity)));
    }
}
