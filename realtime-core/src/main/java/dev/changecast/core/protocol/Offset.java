package dev.changecast.core.protocol;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Position;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A position as clients hold it: opaque to them, {@code epoch.major-minor} to us.
 *
 * @param epoch the history the position belongs to
 */
public record Offset(String epoch, Position position) {
    /** A source's epoch has 40 characters at most; the mark of a run may follow. */
    private static final Pattern FORM = Pattern.compile("([A-Za-z0-9_]{1,60})\\.(\\d{1,19}-\\d{1,19})");

    /** Reads what a client gives back; throws {@link ErrorCode#BAD_OFFSET} for what no server of ours has sent. */
    public static Offset parse(String text) {
        Matcher form = FORM.matcher(text);
        if (form.matches()) {
            try {
                return new Offset(form.group(1), Position.parse(form.group(2)));
            } catch (IllegalArgumentException e) {
                // Nineteen digits may be more than a long holds: falls through to the same error.
            }
        }
        String shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
        throw new ChangecastException(
                ErrorCode.BAD_OFFSET,
                "'" + shown + "' is not an offset; give one back as it came in a commit, ready or heartbeat");
    }

    @Override
    public String toString() {
        return epoch + "." + position;
    }
}
