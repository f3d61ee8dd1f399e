package dev.changecast.api.source;

import java.util.List;

/**
 * What a check found.
 *
 * @param problems what prevents capture; each says what is wrong and how to mend it
 * @param warnings what works but will hurt
 */
public record CheckResult(List<String> problems, List<String> warnings) {
    public static final CheckResult OK = new CheckResult(List.of(), List.of());

    public CheckResult {
        problems = List.copyOf(problems);
        warnings = List.copyOf(warnings);
    }

    public static CheckResult failed(String problem) {
        return new CheckResult(List.of(problem), List.of());
    }

    public boolean ok() {
        return problems.isEmpty();
    }
}
