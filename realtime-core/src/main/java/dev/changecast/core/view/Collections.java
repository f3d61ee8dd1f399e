package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Relation;
import dev.changecast.core.Access;
import dev.changecast.core.Authorizer;
import dev.changecast.core.Identity;
import dev.changecast.core.publish.LiveSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The collections there are: the relations that sources know, under the names that routes give them. Thread-safe; the
 * newest shape of a relation is found without a lock.
 */
public final class Collections {
    /**
     * A relation as a client may see it.
     *
     * @param rows which rows, in canonical form
     */
    public record Found(String source, Relation relation, Exposure exposure, Filter rows) {}

    /** A relation under its name. */
    private record Named(String source, Relation relation, Exposure exposure) {}

    private static final Logger log = LoggerFactory.getLogger(Collections.class);

    /** How many different complaints about routes are remembered, so that each is logged once. */
    private static final int COMPLAINTS = 1000;

    private final RouteTable routes;
    private final Authorizer authorizer;
    private final Set<String> complaints = ConcurrentHashMap.newKeySet();
    private final Map<String, Map<String, Relation>> relations = new ConcurrentHashMap<>();
    /** What was learned while a source was asked, which its answer may be too old to name. */
    private final Map<String, Set<String>> learned = new HashMap<>();

    /** Sources with messages among their changes. */
    private final Set<String> carriers = ConcurrentHashMap.newKeySet();

    private final Malformed malformed = new Malformed();

    private volatile Map<String, List<Named>> byName = Map.of();

    /** Those whom the routes let see them. */
    public Collections(RouteTable routes) {
        this(routes, routes);
    }

    /**
     * @param routes how they are shown
     * @param authorizer who may see them
     */
    public Collections(RouteTable routes, Authorizer authorizer) {
        this.routes = routes;
        this.authorizer = authorizer;
    }

    /** There may be messages among the changes of this source. */
    public void carriesMessages(String source) {
        carriers.add(source);
    }

    /** A source is going to be asked for all its relations. */
    public synchronized void asking(String source) {
        learned.put(source, new HashSet<>());
    }

    /** A source names all its relations; those it does not name are gone, unless they were learned since it was asked. */
    public synchronized void replace(String source, List<Relation> all) {
        Map<String, Relation> byQualifiedName = new ConcurrentHashMap<>();
        for (String young : learned.getOrDefault(source, Set.of())) {
            byQualifiedName.put(young, Objects.requireNonNull(present(source, young)));
        }
        all.forEach(relation -> byQualifiedName.put(relation.qualifiedName(), relation));
        relations.put(source, byQualifiedName);
        index();
    }

    /**
     * A relation that the source has not named yet, as a change has just shown it. Of one that it has named, a change may
     * well show an older shape.
     */
    public void learn(String source, Relation relation) {
        if (present(source, relation.qualifiedName()) == null) {
            synchronized (this) {
                relations
                        .computeIfAbsent(source, name -> new ConcurrentHashMap<>())
                        .putIfAbsent(relation.qualifiedName(), relation);
                learned.computeIfAbsent(source, name -> new HashSet<>()).add(relation.qualifiedName());
                index();
            }
        }
    }

    /** The shape that a relation has, as far as is known; null when there is none of that name. */
    public @Nullable Relation present(String source, String qualifiedName) {
        Map<String, Relation> known = relations.get(source);
        return known == null ? null : known.get(qualifiedName);
    }

    private void index() {
        Map<String, List<Named>> index = new HashMap<>();
        relations.forEach((source, known) -> known.values().forEach(relation -> {
            Exposure exposure = routes.exposure(source, relation);
            index.computeIfAbsent(exposure.collection(), name -> new ArrayList<>())
                    .add(new Named(source, relation, exposure));
        }));
        byName = index;
    }

    /**
     * Finds a collection for a client. Empty when there is none, or none that the client may see.
     *
     * @throws ChangecastException when the name stands for several relations
     */
    public Optional<Found> find(String collection, Identity identity) {
        List<Found> allowed = byName.getOrDefault(collection, List.of()).stream()
                .flatMap(named -> found(named, identity).stream())
                .toList();
        if (allowed.size() > 1) {
            throw new ChangecastException(
                    ErrorCode.UNKNOWN_COLLECTION,
                    "'" + collection + "' is the name of several relations; each needs a route with a name of its own");
        }
        return allowed.stream().findFirst();
    }

    private Optional<Found> found(Named named, Identity identity) {
        if (named.source.equals(LiveSource.NAME)) {
            return Optional.empty();
        }
        Access access = authorizer.access(identity, named.source, named.relation);
        if (access.denied()) {
            return Optional.empty();
        }
        try {
            Rule rule = Rule.of(access, named.relation);
            return Optional.of(
                    new Found(named.source, named.relation, named.exposure.with(rule.columns()), rule.rows()));
        } catch (ChangecastException e) {
            complain("shown", named.source, named.relation, e);
            return Optional.empty();
        }
    }

    /** What the routes say does not suit a relation: nobody gets anything of it, and the operator is told once. */
    private void complain(String what, String source, Relation relation, ChangecastException why) {
        String complaint = source + "/" + relation.qualifiedName() + " is " + what + " to nobody: " + why.getMessage();
        if (complaints.size() < COMPLAINTS && complaints.add(complaint)) {
            log.error("{}", complaint);
        }
    }

    /**
     * Where changes of a source's relations are pushed; null when no route pushes any, and there are no messages among
     * them. For one thread.
     */
    public @Nullable PushPlans pushPlans(String source) {
        return routes.pushes(source) || carriers.contains(source)
                ? new PushPlans(
                        routes,
                        source,
                        (name, relation, why) -> complain("pushed", name, relation, why),
                        why -> malformed.message(source, why))
                : null;
    }

    /** The relations that are known, by source. */
    public Map<String, List<Relation>> relations() {
        Map<String, List<Relation>> all = new TreeMap<>();
        relations.forEach((source, known) -> all.put(source, List.copyOf(known.values())));
        return all;
    }

    /** The name clients use for a relation; its own name where no route gives another. */
    public String nameOf(String source, Relation relation) {
        return routes.exposure(source, relation).collection();
    }
}
