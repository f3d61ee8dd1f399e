package dev.changecast.server.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One value of the configuration as it was written, before anybody knows what it means. */
sealed interface Entry {
    Place place();

    /** From the root: {@code sources.pg.url}. */
    String path();

    /** What it is, for messages. */
    String kind();

    /**
     * A scalar.
     *
     * @param value with placeholders filled in
     * @param shown how messages may quote it: the text in quotes, or the name of the variable that it came from, since
     *     that may be a secret
     */
    record Text(Place place, String path, String value, String shown) implements Entry {
        @Override
        public String kind() {
            return "one value";
        }

        /** Without the value: it may be a secret. */
        @Override
        public String toString() {
            return path + " at " + place;
        }
    }

    /**
     * A sequence.
     *
     * @param gaps whether an item is null, or could not be read
     */
    record Items(Place place, String path, List<Entry> items, boolean gaps) implements Entry {
        @Override
        public String kind() {
            return "a list";
        }
    }

    /** A mapping, which environment variables may add to. */
    final class Section implements Entry {
        private final Place place;
        private final String path;
        private final Map<String, Entry> entries = new LinkedHashMap<>();
        private final Map<String, Place> keys = new LinkedHashMap<>();
        private final Map<String, Place> empty = new LinkedHashMap<>();

        Section(Place place, String path) {
            this.place = place;
            this.path = path;
        }

        @Override
        public Place place() {
            return place;
        }

        @Override
        public String path() {
            return path;
        }

        @Override
        public String kind() {
            return "a section with keys";
        }

        /** The path of what is under this key. */
        String pathOf(String key) {
            return path.isEmpty() ? key : path + "." + key;
        }

        void put(String key, Place at, Entry entry) {
            entries.put(key, entry);
            keys.put(key, at);
        }

        /** The key is written, and nothing behind it. */
        void putNothing(String key, Place at) {
            empty.put(key, at);
        }

        /** The keys that are written with nothing behind them. */
        List<String> emptyKeys() {
            return empty.keySet().stream()
                    .filter(key -> !entries.containsKey(key))
                    .toList();
        }

        void remove(String key) {
            entries.remove(key);
            keys.remove(key);
        }

        @Nullable
        Entry get(String key) {
            return entries.get(key);
        }

        /** Where this key is written, or the section itself when it is not. */
        Place placeOf(String key) {
            return keys.getOrDefault(key, empty.getOrDefault(key, place));
        }

        /** The keys, in the order in which they are written. */
        List<String> keys() {
            return List.copyOf(entries.keySet());
        }

        boolean isEmpty() {
            return entries.isEmpty();
        }
    }
}
