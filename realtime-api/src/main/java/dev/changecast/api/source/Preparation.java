package dev.changecast.api.source;

import java.util.List;

/**
 * What a source needs to have in its database before it can capture, as statements that a person reads before they are
 * run. A source that captures never prepares by itself. Each method may block on the database and throw; any thread.
 */
public interface Preparation {
    /** The statements that are still missing, in their order; empty when all is there. */
    List<String> install() throws Exception;

    /** The statements that take everything out again, whatever is there; empty when nothing is. */
    List<String> uninstall() throws Exception;

    /** What there is, what lacks, and who reads, one thing in each line. */
    List<String> status() throws Exception;

    /**
     * Runs statements that {@link #install} or {@link #uninstall} gave. Each is complete by itself, so what fails in the
     * middle can be begun again.
     */
    void execute(List<String> statements) throws Exception;
}
