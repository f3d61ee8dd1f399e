package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.core.filter.MatchIndex;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions that a part of the log is read for. Where they are many and changes too, a change costs what it
 * matches, and not what there is. Used by one thread.
 */
final class Followed {
    /** As long as so many subscriptions, or changes, are not exceeded, an index would cost more than it saves. */
    private static final int FEW = 8;

    private final List<Subscription> subscriptions;
    private final Map<Relation, Followers> byRelation = new IdentityHashMap<>();

    /** The relation that was asked for last, which mostly is asked for next, and who follows it. */
    private @Nullable Relation latest;

    private Followers ofLatest = new Followers();

    /** Who follows one shape of a relation. */
    private static final class Followers {
        final List<Subscription> fitting = new ArrayList<>();
        final List<Subscription> misfits = new ArrayList<>();
        private int changes;
        private @Nullable MatchIndex<Subscription> index;
    }

    Followed(List<Subscription> subscriptions) {
        this.subscriptions = subscriptions;
    }

    /** Whether anybody follows the relation. */
    boolean follows(Relation relation) {
        Followers followers = followers(relation);
        return !followers.fitting.isEmpty() || !followers.misfits.isEmpty();
    }

    /** Those who follow the relation, but whose view does not fit it in this shape. */
    List<Subscription> misfits(Relation relation) {
        return followers(relation).misfits;
    }

    /** Those that a change may concern, each once; to the others it is nothing. */
    Iterable<Subscription> candidates(
            Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
        Followers followers = followers(relation);
        boolean concernsAll = operation == Operation.TRUNCATE || operation == Operation.DELETE && before == null;
        if (concernsAll || followers.fitting.size() <= FEW || ++followers.changes <= FEW) {
            return followers.fitting;
        }
        MatchIndex<Subscription> index = followers.index;
        if (index == null) {
            index = index(relation, followers.fitting);
            followers.index = index;
        }
        Set<Subscription> candidates = new LinkedHashSet<>();
        if (before != null) {
            index.matching(before, candidates::add);
        }
        if (after != null) {
            index.matching(after, candidates::add);
        }
        return candidates;
    }

    private static MatchIndex<Subscription> index(Relation relation, List<Subscription> fitting) {
        MatchIndex<Subscription> index = new MatchIndex<>(relation);
        for (Subscription subscription : fitting) {
            if (!subscription.encoder(relation).binding().isEmpty()) {
                index.add(subscription, subscription.view().filter());
            }
        }
        return index;
    }

    private Followers followers(Relation relation) {
        if (relation != latest) {
            ofLatest = Objects.requireNonNull(byRelation.computeIfAbsent(relation, this::find));
            latest = relation;
        }
        return ofLatest;
    }

    private Followers find(Relation relation) {
        Followers found = new Followers();
        for (Subscription subscription : subscriptions) {
            if (subscription.follows(relation)) {
                (fits(subscription, relation) ? found.fitting : found.misfits).add(subscription);
            }
        }
        return found;
    }

    private static boolean fits(Subscription subscription, Relation relation) {
        try {
            subscription.encoder(relation);
            return true;
        } catch (ChangecastException e) {
            return false;
        }
    }
}
