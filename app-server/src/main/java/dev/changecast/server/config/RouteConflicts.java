package dev.changecast.server.config;

import dev.changecast.core.Route;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds routes that claim the same table with equal right, so that nobody could say which one decides, and tables that
 * would share a collection's name.
 */
final class RouteConflicts {
    private final List<Claim> claims = new ArrayList<>();
    private final Findings findings;

    RouteConflicts(Findings findings) {
        this.findings = findings;
    }

    void add(Entry.Section section, Route route) {
        Claim added = new Claim(section, route);
        for (Claim other : claims) {
            if (other.from().equals(added.from())) {
                report(
                        section,
                        "from",
                        "'" + added.from() + "' is routed already, at " + other.place() + ": make one route of both");
            } else if (other.literals() == added.literals() && intersect(other.from(), 0, added.from(), 0)) {
                report(
                        section,
                        "from",
                        "'" + added.from() + "' and '" + other.from() + "' at " + other.place()
                                + " can name the same table, and neither is more specific: write one of them longer");
            } else if (added.collection() != null && added.collection().equals(other.collection())) {
                report(
                        section,
                        route.collection() == null ? "from" : "collection",
                        "the collection '" + added.collection() + "' is that of '" + other.from() + "' at "
                                + other.place() + " already: give one of them another name with 'collection'");
            }
        }
        claims.add(added);
    }

    private void report(Entry.Section section, String key, String message) {
        findings.error(section.placeOf(key), section.pathOf(key), message);
    }

    /** Whether there is a text that both patterns match. */
    static boolean intersect(String a, int i, String b, int j) {
        if (i == a.length() && j == b.length()) {
            return true;
        }
        if (i < a.length() && a.charAt(i) == '*') {
            return intersect(a, i + 1, b, j) || j < b.length() && intersect(a, i, b, j + 1);
        }
        if (j < b.length() && b.charAt(j) == '*') {
            return intersect(a, i, b, j + 1) || i < a.length() && intersect(a, i + 1, b, j);
        }
        return i < a.length() && j < b.length() && a.charAt(i) == b.charAt(j) && intersect(a, i + 1, b, j + 1);
    }

    private record Claim(Entry.Section section, Route route) {
        String from() {
            return route.from();
        }

        Place place() {
            return section.placeOf("from");
        }

        /** The more characters that are no wildcard, the more specific. */
        int literals() {
            return from().replace("*", "").length();
        }

        /** The name for clients, where it is known without asking the database. */
        @Nullable
        String collection() {
            if (route.collection() != null || from().contains("*")) {
                return route.collection();
            }
            return from().substring(Math.max(from().lastIndexOf('.'), from().indexOf('/')) + 1);
        }
    }
}
