package dev.changecast.core;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Relation;
import dev.changecast.core.filter.FilterLimits;
import dev.changecast.core.filter.FilterText;
import dev.changecast.core.filter.FilterValues;
import dev.changecast.core.filter.RowPredicate;
import dev.changecast.core.protocol.JsonBytes;
import dev.changecast.core.view.RouteTable;
import dev.changecast.core.view.RowCondition;
import dev.changecast.core.view.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What routes let one identity see of one relation, and why: made by the same code that decides it for sessions.
 *
 * @param collection its name for clients
 * @param source the source's name
 * @param relation the relation's qualified name
 * @param who the identity, in words
 * @param denied why it is nothing; null when it may be read
 * @param rows which rows, in words; empty when denied
 * @param rowsJson the same as a filter of subscriptions; null for all
 * @param notes what of the rules on rows holds for no row, since the identity lacks it, in words
 * @param columns the columns that exist for the reader
 * @param hidden those that do not
 * @param routes the routes that concern the relation, the most specific first
 * @param pushes what of it is pushed to addresses of this identity, in words
 */
public record Explanation(
        String collection,
        String source,
        String relation,
        String who,
        @Nullable String denied,
        String rows,
        @Nullable String rowsJson,
        List<String> notes,
        List<String> columns,
        List<String> hidden,
        List<String> routes,
        List<String> pushes) {

    public Explanation {
        notes = List.copyOf(notes);
        columns = List.copyOf(columns);
        hidden = List.copyOf(hidden);
        routes = List.copyOf(routes);
        pushes = List.copyOf(pushes);
    }

    /**
     * Explains, under the limits that an engine has by default.
     *
     * @throws ChangecastException with everything that is wrong with the routes
     */
    public static Explanation of(List<Route> routes, Identity identity, String source, Relation relation) {
        return of(routes, FilterLimits.DEFAULT, identity, source, relation);
    }

    /**
     * Explains.
     *
     * @param limits those of the engine
     * @throws ChangecastException with everything that is wrong with the routes
     */
    public static Explanation of(
            List<Route> routes, FilterLimits limits, Identity identity, String source, Relation relation) {
        RouteTable table = new RouteTable(routes, limits);
        return of(table, table, identity, source, relation);
    }

    /** @param authorizer who decides what is seen of what the routes show */
    static Explanation of(
            RouteTable table, Authorizer authorizer, Identity identity, String source, Relation relation) {
        Access access = authorizer.access(identity, source, relation);
        String denied = access.denied() ? access.why() : null;
        String words = "";
        String json = null;
        List<String> notes = new ArrayList<>();
        if (authorizer == table) {
            table.lacks(identity, source, relation).forEach((text, why) -> notes.add(text + " " + why));
        }
        List<String> columns = new ArrayList<>();
        List<String> hidden = new ArrayList<>();
        try {
            Rule rule = Rule.of(access, relation);
            relation.columns()
                    .forEach(column -> (rule.columns().hides(column.name()) ? hidden : columns).add(column.name()));
            if (denied == null) {
                words = words(rule.rows());
                json = rule.rows().equals(Filter.ALL) ? null : FilterText.json(rule.rows());
                if (RowPredicate.needsOldRow(rule.rows(), relation)) {
                    denied = "the rule on its rows needs their old values, which the source does not send"
                            + (relation.remedy() == null ? "" : "; on the database: " + relation.remedy());
                }
            }
        } catch (ChangecastException e) {
            denied = e.getMessage();
        }
        return new Explanation(
                table.exposure(source, relation).collection(),
                source,
                relation.qualifiedName(),
                who(identity),
                denied,
                words,
                json,
                notes,
                columns,
                hidden,
                table.routes(source, relation).stream().map(Route::from).toList(),
                pushes(table, identity, source, relation));
    }

    private static String words(Filter rows) {
        return switch (FilterText.of(rows)) {
            case "(true)" -> "all rows";
            case "(false)" -> "no row";
            default -> "rows where " + FilterText.of(rows);
        };
    }

    private static String who(Identity identity) {
        String roles =
                identity.roles().isEmpty() ? "without roles" : "with the roles " + new TreeSet<>(identity.roles());
        return identity.user() == null ? "somebody anonymous" : "user " + identity.user() + " " + roles;
    }

    private static List<String> pushes(RouteTable table, Identity identity, String source, Relation relation) {
        List<String> pushes = new ArrayList<>();
        for (Route route : table.routes(source, relation)) {
            for (Push push : route.push()) {
                if (mayReach(push.to(), identity)) {
                    pushes.add("changes pushed to " + push.to()
                            + (push.priority() == Push.Priority.NORMAL
                                    ? ""
                                    : " with " + push.priority().name().toLowerCase(Locale.ROOT) + " priority")
                            + (push.when() == null ? "" : " of rows where " + when(push.when(), relation)));
                }
            }
        }
        return pushes;
    }

    private static String when(String condition, Relation relation) {
        try {
            return FilterText.of(FilterValues.fit(RowCondition.of(condition).filter(), relation));
        } catch (ChangecastException e) {
            return condition + ", which pushes nothing: " + e.getMessage();
        }
    }

    /** Whether a push may reach somebody, whatever the row. */
    private static boolean mayReach(String to, Identity identity) {
        return to.contains("{")
                ? to.startsWith("user:")
                        ? identity.user() != null
                        : to.startsWith("role:") && !identity.roles().isEmpty()
                : Address.of(identity).contains(to);
    }

    /** The same for people, a line each. */
    public List<String> words() {
        List<String> lines = new ArrayList<>();
        lines.add("'" + collection + "' is " + source + "/" + relation + ", for " + who + ":");
        if (denied != null) {
            lines.add("  may not read it: " + denied);
        } else {
            lines.add("  " + rows);
            notes.forEach(note -> lines.add("    " + note));
            lines.add("  columns " + String.join(", ", columns)
                    + (hidden.isEmpty() ? "" : "; not " + String.join(", ", hidden)));
        }
        pushes.forEach(push -> lines.add("  " + push));
        lines.add("  routes " + (routes.isEmpty() ? "none" : String.join(", ", routes)));
        return lines;
    }

    /** The same for programs, one object. */
    public String json() {
        JsonBytes json = new JsonBytes();
        json.raw("{\"collection\":").string(collection).raw(",\"source\":").string(source);
        json.raw(",\"relation\":").string(relation).raw(",\"allowed\":").raw(denied == null ? "true" : "false");
        if (denied != null) {
            json.raw(",\"why\":").string(denied);
        } else {
            json.raw(",\"rows\":").raw(rowsJson == null ? "{}" : rowsJson);
            list(json.raw(",\"notes\":"), notes);
            list(json.raw(",\"columns\":"), columns);
        }
        list(json.raw(",\"hidden\":"), hidden);
        list(json.raw(",\"pushes\":"), pushes);
        list(json.raw(",\"routes\":"), routes);
        return json.raw('}').toString();
    }

    private static void list(JsonBytes json, List<String> texts) {
        char before = '[';
        for (String text : texts) {
            json.raw(before).string(text);
            before = ',';
        }
        json.raw(texts.isEmpty() ? "[]" : "]");
    }
}
