package dev.changecast.server.config;

import java.util.Map;

/** Keys that stand elsewhere than one might think: refused by name, never ignored. */
final class Later {
    static final Map<String, String> AUTH = Map.of(
            "jwks_uri", "this belongs into auth.jwt: write jwt: {jwks_uri: ...}",
            "public_key", "this belongs into auth.jwt: write jwt: {public_key: ...}",
            "secret", "this belongs into auth.jwt: write jwt: {secret: ...}");

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
