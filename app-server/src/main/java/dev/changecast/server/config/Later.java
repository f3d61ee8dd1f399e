package dev.changecast.server.config;

import java.util.Map;

/** Keys that the configuration will have and this version does not: refused by name, never ignored. */
final class Later {
    static final Map<String, String> ROOT = Map.of("rooms", "this version has no rooms yet: take this section out");

    static final Map<String, String> AUTH = Map.of(
            "jwt", "this version has no tokens yet: it knows anonymous: true only",
            "jwks_uri", "this version has no tokens yet: it knows anonymous: true only",
            "public_key", "this version has no tokens yet: it knows anonymous: true only");

    private Later() {}

    static void refuse(Entry.Section section, Map<String, String> later, Findings findings) {
        for (String key : section.keys()) {
            String why = later.get(key);
            if (why != null) {
                findings.error(section.placeOf(key), section.pathOf(key), why);
            }
        }
    }
}
