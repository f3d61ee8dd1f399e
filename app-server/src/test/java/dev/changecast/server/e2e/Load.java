package dev.changecast.server.e2e;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A steady write load that never lets up: each transaction inserts {@code events} and counts {@code counters} up by one.
 * What is lost or comes twice shows as a hole or a repetition. Survives a database that goes and comes back.
 */
final class Load implements AutoCloseable {
    static final int COUNTERS = 5;

    static final String[] TABLES = {
        "CREATE TABLE events (id bigserial PRIMARY KEY, writer int NOT NULL, part int NOT NULL)",
        "ALTER TABLE events REPLICA IDENTITY FULL",
        "CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL)",
        "INSERT INTO counters SELECT n, 0 FROM generate_series(0, " + (COUNTERS - 1) + ") AS n",
        "CREATE TABLE marks (id int PRIMARY KEY)"
    };

    private final TestPostgres postgres;
    private final ScheduledExecutorService threads;
    private final AtomicLong committed = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final boolean mayFail;

    private Load(TestPostgres postgres, int writers, int pauseMillis, boolean mayFail) {
        this.postgres = postgres;
        this.mayFail = mayFail;
        this.threads = Executors.newScheduledThreadPool(writers);
        for (int i = 0; i < writers; i++) {
            Client client = new Client(i);
            threads.scheduleWithFixedDelay(client, 0, pauseMillis, TimeUnit.MILLISECONDS);
        }
    }

    /** Several writers, each with a pause between its transactions. */
    static Load start(TestPostgres postgres, int writers, int pauseMillis) {
        return new Load(postgres, writers, pauseMillis, false);
    }

    /** The same where the database will be away for a while. */
    static Load startThatMayFail(TestPostgres postgres, int writers, int pauseMillis) {
        return new Load(postgres, writers, pauseMillis, true);
    }

    /** How many transactions were committed so far. */
    long committed() {
        return committed.get();
    }

    /** Stops the writers and waits until they have; fails when one of them failed. */
    void stop() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
                throw new AssertionError("the writers did not stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Exception first = failure.get();
        if (first != null) {
            throw new AssertionError("a writer failed", first);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private final class Client implements Runnable {
        private final int number;
        private final List<String> statements = new ArrayList<>();
        private @Nullable Connection connection;
        private int transactions;

        Client(int number) {
            this.number = number;
        }

        @Override
        public void run() {
            try {
                Connection open = connection;
                if (open == null) {
                    open = postgres.connect();
                    open.setAutoCommit(false);
                    connection = open;
                }
                transaction(open);
            } catch (SQLException e) {
                drop();
                if (!mayFail) {
                    failure.compareAndSet(null, e);
                    throw new IllegalStateException(e);
                }
            }
        }

        private void transaction(Connection open) throws SQLException {
            statements.clear();
            for (int part = 0; part <= transactions % 4; part++) {
                statements.add("INSERT INTO events (writer, part) VALUES (" + number + ", " + part + ")");
            }
            // In the order of their keys, so that writers do not lock each other out.
            statements.add("UPDATE counters SET n = n + 1 WHERE id = " + transactions % COUNTERS);
            try (Statement statement = open.createStatement()) {
                statement.execute(String.join("; ", statements));
                transactions++;
                if (transactions % 10 == 0) {
                    open.rollback();
                } else {
                    open.commit();
                    committed.incrementAndGet();
                }
            }
        }

        private void drop() {
            if (connection != null) {
                try {
                    connection.close();
                } catch (SQLException alreadyGone) {
                    // The next transaction makes a new one.
                }
                connection = null;
            }
        }
    }
}
