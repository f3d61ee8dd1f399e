package dev.changecast.core.protocol;

import dev.changecast.api.ChangecastException;
import org.jspecify.annotations.Nullable;

/** A message that is no command; says what is wrong, and which command it was where that could be read. */
public final class CommandException extends Exception {
    private static final long serialVersionUID = 1L;

    private final @Nullable String id;
    private final String context;
    private final ChangecastException problem;

    CommandException(@Nullable String id, String context, ChangecastException problem) {
        super(problem.getMessage(), problem, false, false);
        this.id = id;
        this.context = context;
        this.problem = problem;
    }

    /** The command's id as JSON. */
    public @Nullable String id() {
        return id;
    }

    /** The command's type where it is a known one; otherwise which part of the message is wrong. */
    public String context() {
        return context;
    }

    public ChangecastException problem() {
        return problem;
    }
}
