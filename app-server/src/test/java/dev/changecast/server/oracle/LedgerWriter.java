package dev.changecast.server.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One of several that write to a {@link Ledger}, each to rows of its own. Its writes follow from its seed; when the database
 * goes it comes back and looks what became of the last one.
 */
final class LedgerWriter {
    /** Of each writer. */
    private static final int ROWS = 12;

    private static final List<String> KINDS = List.of("free", "held", "sold");
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long GIVE_UP_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Ledger ledger;
    private final int number;
    private final Random random;
    private final LongAdder written;
    private final Map<String, Integer> own = new TreeMap<>();
    private Ledger.@Nullable Session session;

    /** @param written counts what all writers have written */
    LedgerWriter(Ledger ledger, int number, long seed, LongAdder written) {
        this.ledger = ledger;
        this.number = number;
        this.random = new Random(seed * 31 + number);
        this.written = written;
    }

    static String row(int writer, int row) {
        return String.format("w%d-%02d", writer, row);
    }

    /** Some keys of some writers, for filters. */
    static List<String> someRows(Random random) {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            keys.add(row(random.nextInt(8), random.nextInt(ROWS)));
        }
        return keys;
    }

    static List<String> kinds() {
        return KINDS;
    }

    void run(BooleanSupplier goesOn) {
        long worked = System.nanoTime();
        while (goesOn.getAsBoolean()) {
            try {
                write(connected());
                written.increment();
                worked = System.nanoTime();
                LockSupport.parkNanos(PAUSE_NANOS);
            } catch (RuntimeException e) {
                // The database has gone, or is coming back.
                close();
                if (System.nanoTime() - worked > GIVE_UP_NANOS) {
                    throw e;
                }
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
        close();
    }

    private Ledger.Session connected() {
        Ledger.Session present = session;
        if (present == null) {
            present = ledger.connect();
            session = present;
            own.clear();
            ledger.rows(Ledger.COLLECTION).values().forEach(row -> {
                String key = row.path(ledger.key()).asString();
                if (key.startsWith("w" + number + "-")) {
                    own.put(key, row.path("n").asInt());
                }
            });
        }
        return present;
    }

    private void write(Ledger.Session on) {
        int kind = random.nextInt(10);
        if (kind == 0 && ledger.isDatabase()) {
            on.transfer(
                    1 + random.nextInt(LedgerRun.ACCOUNTS), 1 + random.nextInt(LedgerRun.ACCOUNTS), random.nextInt(50));
            return;
        }
        String key = row(number, random.nextInt(ROWS));
        if (random.nextInt(40) == 0) {
            on.poison(key);
        }
        Integer n = own.get(key);
        if (n == null) {
            on.insert(key, KINDS.get(random.nextInt(3)));
            own.put(key, 1);
        } else if (kind < 3) {
            on.delete(key);
            own.remove(key);
        } else {
            on.update(key, n + 1, KINDS.get(random.nextInt(3)));
            own.put(key, n + 1);
        }
    }

    private void close() {
        if (session != null) {
            session.close();
            session = null;
        }
    }
}
