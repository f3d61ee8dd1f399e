package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.Relation;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where the changes of one source's relations are pushed. Used by one thread. */
public final class PushPlans {
    /** Shapes are told apart by identity, and a log that is read anew makes them anew. */
    private static final int SHAPES = 1000;

    /** Told when what the routes say does not suit a relation. */
    @FunctionalInterface
    interface Complaint {
        void about(String source, Relation relation, ChangecastException why);
    }

    private final RouteTable routes;
    private final String source;
    private final Complaint complaint;
    private final Map<Relation, Optional<PushPlan>> plans = new IdentityHashMap<>();

    PushPlans(RouteTable routes, String source, Complaint complaint) {
        this.routes = routes;
        this.source = source;
        this.complaint = complaint;
    }

    /** Where changes of a relation go; null when nowhere. */
    public @Nullable PushPlan of(Relation relation) {
        Optional<PushPlan> plan = plans.get(relation);
        if (plan == null) {
            if (plans.size() >= SHAPES) {
                plans.clear();
            }
            plan = plan(relation);
            plans.put(relation, plan);
        }
        return plan.orElse(null);
    }

    private Optional<PushPlan> plan(Relation relation) {
        if (routes.pushes(source, relation).isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new PushPlan(routes, source, relation));
        } catch (ChangecastException e) {
            complaint.about(source, relation, e);
            return Optional.empty();
        }
    }
}
