package dev.changecast.core.session;

import dev.changecast.api.ErrorCode;
import dev.changecast.core.Refusals;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what clients are refused. Any thread; bounded, as there are only so many codes. */
final class RefusalCount {
    private final Map<ErrorCode, LongAdder> errors = new EnumMap<>(ErrorCode.class);
    private final Map<Integer, LongAdder> closes = new ConcurrentHashMap<>();

    RefusalCount() {
        for (ErrorCode code : ErrorCode.values()) {
            errors.put(code, new LongAdder());
        }
    }

    void error(ErrorCode code) {
        errors.get(code).increment();
    }

    void close(int code) {
        closes.computeIfAbsent(code, key -> new LongAdder()).increment();
    }

    /** What was counted so far; kinds of which there were none are left out. */
    Refusals present() {
        Map<ErrorCode, Long> told = new EnumMap<>(ErrorCode.class);
        errors.forEach((code, count) -> {
            if (count.sum() > 0) {
                told.put(code, count.sum());
            }
        });
        Map<Integer, Long> ended = new TreeMap<>();
        closes.forEach((code, count) -> ended.put(code, count.sum()));
        return new Refusals(told, ended);
    }
}
