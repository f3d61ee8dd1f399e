package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.core.Route;
import dev.changecast.core.protocol.MessageTypes;
import dev.changecast.core.publish.LiveSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The routes, most specific first. The most specific route that says something about a name, event or reader decides it;
 * what routes hide adds up. A relation without a route, or whose routes name no reader, is seen by nobody.
 */
public final class RouteTable {
    private static final String DEFAULT_EVENT = "change";

    private record Entry(Route route, Pattern pattern, int literals) {}

    private final List<Entry> entries;

    /** Throws with everything that is wrong with the routes taken together. */
    public RouteTable(List<Route> routes) {
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
                        route.from().replace("*", "").length()))
                .sorted(Comparator.comparing((Entry entry) -> entry.route.from().contains("*"))
                        .thenComparing(entry -> -entry.literals))
                .toList();
    }

    /** What clients may see of this relation; empty when nothing. */
    public Optional<Exposure> exposure(String source, Relation relation) {
        if (source.equals(LiveSource.NAME)) {
            // Published messages are for those they are addressed to, whatever a route with wildcards says.
            return Optional.empty();
        }
        String name = source + "/" + relation.qualifiedName();
        String collection = null;
        Route.Readers readers = null;
        Map<Operation, String> events = new EnumMap<>(Operation.class);
        Set<String> hide = new HashSet<>();
        boolean old = false;
        Duration conflate = null;
        for (Entry entry : entries) {
            if (!entry.pattern.matcher(name).matches()) {
                continue;
            }
            Route route = entry.route;
            collection = collection == null ? route.collection() : collection;
            readers = readers == null ? route.read() : readers;
            route.events().forEach(events::putIfAbsent);
            hide.addAll(route.hide());
            old |= route.old();
            conflate = conflate == null ? route.conflate() : conflate;
        }
        if (readers == null) {
            return Optional.empty();
        }
        for (Operation operation : Operation.values()) {
            events.putIfAbsent(operation, DEFAULT_EVENT);
        }
        return Optional.of(new Exposure(
                collection == null ? relation.name() : collection,
                events,
                readers,
                Set.copyOf(hide),
                old,
                conflate == null ? 0 : conflate.toNanos()));
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
