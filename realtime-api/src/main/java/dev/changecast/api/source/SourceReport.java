package dev.changecast.api.source;

import java.util.ArrayList;
import java.util.List;

/**
 * What a source tells of itself and its origin at one moment.
 *
 * @param figures in any order
 * @param problems what is going wrong, each in a sentence that says with the present numbers what it is and what to do. While
 *     there is one the server is not ready
 */
public record SourceReport(List<SourceFigure> figures, List<String> problems) {
    /** Nothing to tell. */
    public static final SourceReport NONE = new SourceReport(List.of(), List.of());

    public SourceReport {
        figures = List.copyOf(figures);
        problems = List.copyOf(problems);
    }

    /** The same, with more figures. */
    public SourceReport and(List<SourceFigure> more) {
        List<SourceFigure> all = new ArrayList<>(figures);
        all.addAll(more);
        return new SourceReport(all, problems);
    }
}
