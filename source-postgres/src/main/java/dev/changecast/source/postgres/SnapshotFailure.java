package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.util.Map;

/** What went wrong with a snapshot, with a code that a client may be told. */
final class SnapshotFailure {
    private static final Map<String, ErrorCode> CODES = Map.of(
            "42P01", ErrorCode.UNKNOWN_COLLECTION,
            "3F000", ErrorCode.UNKNOWN_COLLECTION,
            "42703", ErrorCode.UNKNOWN_COLUMN,
            "55P03", ErrorCode.BUSY,
            "57014", ErrorCode.BUSY,
            "53300", ErrorCode.BUSY,
            "22P02", ErrorCode.BAD_FILTER,
            "22003", ErrorCode.BAD_FILTER,
            "22007", ErrorCode.BAD_FILTER,
            "22008", ErrorCode.BAD_FILTER);

    private SnapshotFailure() {}

    static ChangecastException of(Exception failure, PostgresOptions options) {
        ChangecastException inWords = PostgresFailure.of(failure, options);
        if (failure instanceof ChangecastException) {
            return inWords;
        }
        for (Map.Entry<String, ErrorCode> code : CODES.entrySet()) {
            if (PostgresFailure.isState(failure, code.getKey())) {
                return new ChangecastException(code.getValue(), inWords.getMessage(), failure);
            }
        }
        return new ChangecastException(ErrorCode.SOURCE_UNAVAILABLE, inWords.getMessage(), failure);
    }
}
