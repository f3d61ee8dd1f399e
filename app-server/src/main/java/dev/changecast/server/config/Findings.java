package dev.changecast.server.config;

import java.util.ArrayList;
import java.util.List;

/** Collects what is found while a configuration is read, so that one run tells everything. */
public final class Findings {
    private final List<Finding> errors = new ArrayList<>();
    private final List<Finding> warnings = new ArrayList<>();

    void error(Place place, String path, String message) {
        errors.add(new Finding(place, path, message));
    }

    void warning(Place place, String path, String message) {
        warnings.add(new Finding(place, path, message));
    }

    /** Whether something is wrong with this very value, so that nothing more need be said about it. */
    boolean hasErrorAt(String path) {
        return errors.stream().anyMatch(error -> error.path().equals(path));
    }

    /** Whether something is wrong with a part of this section. */
    boolean hasErrorUnder(String path) {
        return errors.stream().anyMatch(error -> error.path().startsWith(path + "."));
    }

    /** What prevents a start, in the order in which it was found. */
    public List<Finding> errors() {
        return List.copyOf(errors);
    }

    /** What works but is probably not meant. */
    public List<Finding> warnings() {
        return List.copyOf(warnings);
    }
}
