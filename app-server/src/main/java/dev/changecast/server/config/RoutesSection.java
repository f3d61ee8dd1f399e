package dev.changecast.server.config;

import static dev.changecast.api.setting.Setting.optional;
import static dev.changecast.api.setting.Setting.required;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.Operation;
import dev.changecast.core.Route;
import dev.changecast.core.Route.Readers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code routes}: what clients may see of the sources, and by which names. */
final class RoutesSection {
    static final List<Setting> SETTINGS = List.of(
            required("from", Type.TEXT, "what is shown, as source/schema.table, with * as wildcard."),
            optional("collection", Type.TEXT, null, "Its name for clients; the table's own when none is given."),
            optional("hide", Type.TEXTS, null, "Columns that clients never learn of."),
            optional("columns", Type.TEXTS, null, "The only columns that clients learn of, the key among them."),
            optional("old", Type.FLAG, "false", "Whether updates carry the row as it was."),
            optional(
                    "conflate",
                    Type.DURATION,
                    null,
                    "Sends each row at most once in this time, with its latest state; 10ms to 1m."));

    /** Names that messages of the protocol have, so that no route can give them to its changes. */
    private static final Set<String> RESERVED = Set.of(
            "authenticate",
            "broadcast",
            "chat",
            "commit",
            "data_update",
            "error",
            "going_away",
            "heartbeat",
            "join_room",
            "leave_room",
            "notification",
            "ok",
            "ping",
            "pong",
            "presence",
            "presence_diff",
            "presence_update",
            "ready",
            "reset",
            "room_joined",
            "room_left",
            "room_message",
            "snapshot",
            "subscribe",
            "subscribed",
            "unsubscribe",
            "unsubscribed",
            "user_status",
            "welcome");

    private final SettingReader settings;
    private final Findings findings;

    RoutesSection(SettingReader settings, Findings findings) {
        this.settings = settings;
        this.findings = findings;
    }

    /** @param sources the names of the sources there are */
    List<Route> read(Entry entry, Set<String> sources) {
        if (!(entry instanceof Entry.Items items)) {
            findings.error(entry.place(), entry.path(), "here stands a list of routes, not " + entry.kind());
            return List.of();
        }
        List<Route> routes = new ArrayList<>();
        RouteConflicts conflicts = new RouteConflicts(findings);
        for (Entry item : items.items()) {
            if (item instanceof Entry.Section section) {
                route(section, sources).ifPresent(route -> {
                    routes.add(route);
                    conflicts.add(section, route);
                });
            } else {
                findings.error(
                        item.place(), item.path(), "here stands a route with 'from' and 'read', not " + item.kind());
            }
        }
        return routes;
    }

    private Optional<Route> route(Entry.Section section, Set<String> sources) {
        SettingValues values = settings.read(section, SETTINGS, Set.of("event", "read", "rows", "push"));
        for (String key : section.emptyKeys()) {
            // Nothing behind 'rows' or 'hide' must not come to mean all rows and columns.
            findings.error(
                    section.placeOf(key),
                    section.pathOf(key),
                    "nothing stands here: write a value, or take the key out");
        }
        Optional<String> from = values.optionalText("from").filter(text -> validFrom(section, text, sources));
        Route route = Route.from(from.orElse("none/none"));
        if (values.optionalText("collection").isPresent()) {
            route = collection(section, route, values.text("collection"));
        }
        route = route.hide(values.texts("hide").toArray(String[]::new));
        if (section.get("columns") != null) {
            route = route.columns(values.texts("columns").toArray(String[]::new));
        }
        if (section.get("rows") != null) {
            route = rows(section.get("rows"), route);
        }
        if (section.get("push") != null) {
            route = new PushEntry(settings, findings).read(section.get("push"), route);
        }
        if (values.flag("old")) {
            route = route.withOld();
        }
        if (section.get("conflate") != null) {
            route = conflate(section, route, values);
        }
        Readers readers = new ReadersEntry(settings, findings).read(section, "read");
        if (readers != null) {
            route = route.read(readers);
        }
        if (section.get("event") != null) {
            route = events(section.get("event"), route);
        }
        return from.isPresent() ? Optional.of(route) : Optional.empty();
    }

    private Route rows(Entry entry, Route route) {
        if (entry instanceof Entry.Items || entry instanceof Entry.Section section && FilterEntry.isEmpty(section)) {
            findings.error(
                    entry.place(),
                    entry.path(),
                    "here stands a filter such as { tenant: \"{claims.tenant}\" }, not "
                            + (entry instanceof Entry.Items ? entry.kind() : "an empty one"));
            return route;
        }
        try {
            return route.rows(FilterEntry.json(entry));
        } catch (ChangecastException e) {
            findings.error(entry.place(), entry.path(), String.valueOf(e.getMessage()));
            return route;
        }
    }

    private Route conflate(Entry.Section section, Route route, SettingValues values) {
        try {
            // What is no duration at all was found while the section was read.
            return section.get("conflate") == null || findings.hasErrorAt(section.pathOf("conflate"))
                    ? route
                    : route.conflate(values.duration("conflate"));
        } catch (IllegalArgumentException e) {
            findings.error(
                    section.placeOf("conflate"),
                    section.pathOf("conflate"),
                    values.duration("conflate").toMillis() + "ms is out of bounds: it can be 10ms to 1m");
            return route;
        }
    }

    private boolean validFrom(Entry.Section section, String from, Set<String> sources) {
        Place place = section.placeOf("from");
        String path = section.pathOf("from");
        if (!from.matches("[^/]+/.+")) {
            findings.error(place, path, "'" + from + "' is not source/schema.table, such as pg/public.users");
            return false;
        }
        String source = from.substring(0, from.indexOf('/'));
        if (!sources.contains(source)) {
            String known = sources.isEmpty() ? "; none is configured" : "; there are: " + String.join(", ", sources);
            String near = Nearest.suggestion(source, sources);
            findings.error(place, path, "there is no source '" + source + "'" + (near.isEmpty() ? known : near));
            return false;
        }
        return true;
    }

    private Route collection(Entry.Section section, Route route, String name) {
        if (route.from().contains("*")) {
            findings.error(
                    section.placeOf("collection"),
                    section.pathOf("collection"),
                    "one name cannot stand for the several tables of '" + route.from()
                            + "': leave it out, and each has its own");
        } else if (!name.matches("[A-Za-z_][A-Za-z0-9_.-]{0,99}")) {
            findings.error(
                    section.placeOf("collection"),
                    section.pathOf("collection"),
                    "'" + name + "' is not a name: letters, digits, _ . and -");
        }
        return route.collection(name);
    }

    /** One name for all actions, or one for each. */
    private Route events(Entry entry, Route route) {
        if (entry instanceof Entry.Text text) {
            return validEvent(text) ? route.event(text.value()) : route;
        }
        if (!(entry instanceof Entry.Section section)) {
            findings.error(
                    entry.place(), entry.path(), "here stands a name, or {insert: name, ...}, not " + entry.kind());
            return route;
        }
        List<String> actions =
                Arrays.stream(Operation.values()).map(Operation::wireName).toList();
        settings.refuseUnknown(section, actions);
        Route named = route;
        for (Operation operation : Operation.values()) {
            Entry name = section.get(operation.wireName());
            if (name instanceof Entry.Text text) {
                named = validEvent(text) ? named.event(operation, text.value()) : named;
            } else if (name != null) {
                findings.error(name.place(), name.path(), "here stands a name, not " + name.kind());
            }
        }
        return named;
    }

    private boolean validEvent(Entry.Text text) {
        if (RESERVED.contains(text.value())) {
            findings.error(text.place(), text.path(), text.shown() + " is a name of the protocol: choose another");
            return false;
        }
        if (!text.value().matches("[A-Za-z_][A-Za-z0-9_.:-]{0,99}")) {
            findings.error(text.place(), text.path(), text.shown() + " is not a name: letters, digits, _ . : and -");
            return false;
        }
        return true;
    }
}
