package dev.changecast.core;

import dev.changecast.api.ErrorCode;
import java.util.Map;

/**
 * What clients were refused since the engine was made: the first place to look when somebody attacks, or a limit is too
 * low.
 *
 * @param errors how many errors were told, by what they were; those to connections that were turned away, too
 * @param closes how many connections the server has ended, by the close code of the protocol; those too that never became
 *     a session
 */
public record Refusals(Map<ErrorCode, Long> errors, Map<Integer, Long> closes) {
    public Refusals {
        errors = Map.copyOf(errors);
        closes = Map.copyOf(closes);
    }

    /** How many errors of this kind were told. */
    public long of(ErrorCode code) {
        return errors.getOrDefault(code, 0L);
    }

    /** How many connections were ended with this code. */
    public long closedWith(int code) {
        return closes.getOrDefault(code, 0L);
    }
}
