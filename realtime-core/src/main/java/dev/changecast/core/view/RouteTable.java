package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.core.Access;
import dev.changecast.core.Authorizer;
import dev.changecast.core.Identity;
import dev.changecast.core.Push;
import dev.changecast.core.Push.Priority;
import dev.changecast.core.Route;
import dev.changecast.core.filter.FilterLimits;
import dev.changecast.core.filter.RowPredicate;
import dev.changecast.core.protocol.MessageTypes;
import dev.changecast.core.publish.LiveSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The routes, most specific first. The most specific route that says something about a name, event or reader decides it;
 * what routes hide adds up, and so do their row rules. A relation without a route, or whose routes name no reader, is seen by nobody.
 */
public final class RouteTable implements Authorizer {
    private static final String DEFAULT_EVENT = "change";

    private record Entry(
            Route route,
            Pattern pattern,
            int literals,
            @Nullable RowRule rule,
            List<PushRule> pushes) {}

    /** One push of a route, read once. */
    record PushRule(AddressTemplate to, @Nullable RowCondition when, Priority priority) {
        static PushRule of(Push push) {
            return new PushRule(
                    AddressTemplate.of(push.to()),
                    push.when() == null ? null : RowCondition.of(push.when()),
                    push.priority());
        }
    }

    private final List<Entry> entries;

    /** How many values a claim that is a list may have. */
    private final int listValues;

    /** Throws with everything that is wrong with the routes taken together. */
    public RouteTable(List<Route> routes) {
        this(routes, FilterLimits.DEFAULT);
    }

    /**
     * Throws with everything that is wrong with the routes taken together.
     *
     * @param limits how many values a reader's claim may put into a rule
     */
    public RouteTable(List<Route> routes, FilterLimits limits) {
        this.listValues = limits.values();
        List<String> problems = new ArrayList<>();
        Set<String> claimed = new HashSet<>();
        for (Route route : routes) {
            if (!claimed.add(route.from())) {
                problems.add("two routes from '" + route.from() + "': join them into one");
            }
            for (String type : Set.copyOf(route.events().values())) {
                if (MessageTypes.isReserved(type)) {
                    problems.add("route '" + route.from() + "': '" + type
                            + "' is a message of the protocol; choose another name for the event");
                }
            }
            if (route.collection() != null && route.from().contains("*")) {
                problems.add("route '" + route.from() + "' gives every relation it matches the one name '"
                        + route.collection() + "'; leave the name out, or name one relation");
            }
        }
        if (!problems.isEmpty()) {
            throw new ChangecastException(ErrorCode.BAD_CONFIGURATION, String.join("\n", problems));
        }
        this.entries = routes.stream()
                .map(route -> new Entry(
                        route,
                        pattern(route.from()),
                        route.from().replace("*", "").length(),
                        route.rows() == null ? null : RowRule.of(route.rows()),
                        route.push().stream().map(PushRule::of).toList()))
                .sorted(Comparator.comparing((Entry entry) -> entry.route.from().contains("*"))
                        .thenComparing(entry -> -entry.literals))
                .toList();
    }

    /** Those that concern a relation, most specific first. */
    private List<Entry> of(String source, Relation relation) {
        if (source.equals(LiveSource.NAME)) {
            // Published messages are for those they are addressed to, whatever a route with wildcards says.
            return List.of();
        }
        String name = source + "/" + relation.qualifiedName();
        return entries.stream()
                .filter(entry -> entry.pattern.matcher(name).matches())
                .toList();
    }

    /** How a relation is shown, whoever may see it. */
    public Exposure exposure(String source, Relation relation) {
        String collection = null;
        Map<Operation, String> events = new EnumMap<>(Operation.class);
        boolean old = false;
        Duration conflate = null;
        List<Entry> own = of(source, relation);
        for (Entry entry : own) {
            Route route = entry.route;
            collection = collection == null ? route.collection() : collection;
            route.events().forEach(events::putIfAbsent);
            old |= route.old();
            conflate = conflate == null ? route.conflate() : conflate;
        }
        for (Operation operation : Operation.values()) {
            events.putIfAbsent(operation, DEFAULT_EVENT);
        }
        return new Exposure(
                collection == null ? relation.name() : collection,
                events,
                columns(own),
                old,
                conflate == null ? 0 : conflate.toNanos(),
                own.isEmpty() ? null : own.get(0).route.from());
    }

    /** What one hides all hide, and where several name the columns there are, they are those that all name. */
    private static ColumnRule columns(List<Entry> entries) {
        Set<String> hide = new HashSet<>();
        Set<String> only = null;
        for (Entry entry : entries) {
            hide.addAll(entry.route.hide());
            Set<String> columns = entry.route.columns();
            if (columns != null && only == null) {
                only = new HashSet<>(columns);
            } else if (columns != null) {
                only.retainAll(columns);
            }
        }
        return new ColumnRule(hide, only);
    }

    /** Who may read a relation; null when nobody may. */
    public Route.@Nullable Readers readers(String source, Relation relation) {
        return of(source, relation).stream()
                .map(entry -> entry.route.read())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** All row rules of a relation for one reader, in no form yet. */
    Filter rows(Identity identity, String source, Relation relation) {
        List<Filter> rules = new ArrayList<>();
        for (Entry entry : of(source, relation)) {
            if (entry.rule != null) {
                rules.add(entry.rule.of(identity, listValues));
            }
        }
        return new Filter.And(rules);
    }

    /** What of a relation's row rules holds for no row since this reader lacks it: why, by the text that uses it. */
    public Map<String, String> lacks(Identity identity, String source, Relation relation) {
        Map<String, String> lacks = new LinkedHashMap<>();
        for (Entry entry : of(source, relation)) {
            if (entry.rule != null) {
                lacks.putAll(entry.rule.lacks(identity, listValues));
            }
        }
        return lacks;
    }

    @Override
    public Access access(Identity identity, String source, Relation relation) {
        Route.Readers readers = readers(source, relation);
        if (readers == null) {
            return Access.denied("no route says who may read " + source + "/" + relation.qualifiedName());
        }
        if (!readers.allow(identity)) {
            return Access.denied(
                    "the route gives " + source + "/" + relation.qualifiedName() + " to " + readers + " alone");
        }
        ColumnRule columns = columns(of(source, relation));
        return new Access(false, "", rows(identity, source, relation), columns.hide(), columns.only());
    }

    /** The routes that concern a relation, most specific first. */
    public List<Route> routes(String source, Relation relation) {
        return of(source, relation).stream().map(Entry::route).toList();
    }

    /** Whether some rule says which rows of a relation somebody sees. */
    boolean isRuled(String source, Relation relation) {
        return of(source, relation).stream().anyMatch(entry -> entry.rule != null);
    }

    /** The columns that row rules of a relation look at. */
    Set<String> ruleColumns(String source, Relation relation) {
        Set<String> columns = new HashSet<>();
        for (Entry entry : of(source, relation)) {
            if (entry.rule != null) {
                columns.addAll(RowPredicate.columns(entry.rule.template()));
            }
        }
        return columns;
    }

    /** Whether changes of some relation of this source may be pushed. */
    boolean pushes(String source) {
        return entries.stream()
                .anyMatch(entry -> !entry.pushes.isEmpty()
                        && pattern(entry.route
                                        .from()
                                        .substring(0, entry.route.from().indexOf('/')))
                                .matcher(source)
                                .matches());
    }

    /** Where changes of a relation go without a subscription, the most specific route's first. */
    List<PushRule> pushes(String source, Relation relation) {
        return of(source, relation).stream()
                .flatMap(entry -> entry.pushes.stream())
                .toList();
    }

    private static Pattern pattern(String from) {
        StringBuilder pattern = new StringBuilder();
        for (String part : from.split("\\*", -1)) {
            pattern.append(pattern.isEmpty() ? "" : ".*").append(part.isEmpty() ? "" : Pattern.quote(part));
            if (pattern.isEmpty()) {
                pattern.append("(?:)");
            }
        }
        return Pattern.compile(pattern.toString(), Pattern.DOTALL);
    }
}
