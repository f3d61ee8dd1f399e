package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.SourceMessage;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
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
    private final Consumer<String> malformed;
    private final Map<Relation, Optional<PushPlan>> plans = new IdentityHashMap<>();

    /** @param malformed told why a message is for nobody */
    PushPlans(RouteTable routes, String source, Complaint complaint, Consumer<String> malformed) {
        this.routes = routes;
        this.source = source;
        this.complaint = complaint;
        this.malformed = malformed;
    }

    /** Whether changes of a relation may go anywhere. */
    public boolean push(Relation relation) {
        return SourceMessage.isRelation(relation) || of(relation) != null;
    }

    /**
     * A change as it is pushed; null when it is for nobody. A message is a change that says itself whom it is for.
     *
     * @param minor the change's place in its transaction
     */
    public @Nullable PushedChange pushed(
            Relation relation,
            Operation operation,
            @Nullable Row after,
            @Nullable Row before,
            ChangeEncoder.Transaction transaction,
            long major,
            long minor) {
        if (SourceMessage.isRelation(relation)) {
            return after == null
                    ? null
                    : PushedMessage.of(
                            String.valueOf(after.text(0)),
                            source,
                            transaction,
                            new Position(major, minor + 1),
                            malformed);
        }
        PushPlan plan = of(relation);
        return plan == null ? null : plan.pushed(operation, after, before, transaction, major, minor);
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
