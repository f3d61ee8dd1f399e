package dev.changecast.server.e2e;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Writers that move money between {@code accounts}, whose sum stays as it is, and rows in, out of and through {@code
 * items}, until they are told to stop.
 */
final class Movement implements AutoCloseable {
    static final int ACCOUNTS = 300;
    static final int BALANCE = 1000;

    static final String[] TABLES = {
        "CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL)",
        "INSERT INTO accounts SELECT n, " + BALANCE + " FROM generate_series(1, " + ACCOUNTS + ") AS n",
        "CREATE TABLE items (id int PRIMARY KEY, part int, n int)",
        "ALTER TABLE items REPLICA IDENTITY FULL",
        "INSERT INTO items SELECT n, n % 7, 0 FROM generate_series(1, 2500) AS n",
        "CREATE TABLE marks (id int PRIMARY KEY)"
    };

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final ExecutorService threads;
    private final List<Future<?>> writers = new ArrayList<>();
    private volatile boolean stopped;

    Movement(TestPostgres postgres, int writers) {
        threads = Executors.newFixedThreadPool(writers);
        for (int i = 0; i < writers; i++) {
            Random random = new Random(i);
            this.writers.add(threads.submit(() -> {
                write(postgres, random);
                return null;
            }));
        }
    }

    private void write(TestPostgres postgres, Random random) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            while (!stopped) {
                try {
                    statement.execute(transaction(random));
                    connection.commit();
                } catch (SQLException e) {
                    connection.rollback();
                    if (!e.getSQLState().startsWith("40") && !e.getSQLState().equals("23505")) {
                        throw e;
                    }
                }
                // Leaves the others something of the machine.
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private static String transaction(Random random) {
        int from = 1 + random.nextInt(ACCOUNTS);
        int to = 1 + random.nextInt(ACCOUNTS);
        int row = 1 + random.nextInt(3000);
        String item = switch (random.nextInt(4)) {
            case 0 -> "INSERT INTO items VALUES (" + row + ", " + row % 7 + ", 1) ON CONFLICT DO NOTHING";
            case 1 -> "DELETE FROM items WHERE id = " + row;
            case 2 -> "UPDATE items SET part = " + random.nextInt(7) + ", n = n + 1 WHERE id = " + row;
            default -> "UPDATE items SET id = " + (1 + random.nextInt(3000)) + " WHERE id = " + row;
        };
        int amount = random.nextInt(20);
        return "UPDATE accounts SET balance = balance - " + amount + " WHERE id = " + from + "; " + item
                + "; UPDATE accounts SET balance = balance + " + amount + " WHERE id = " + to;
    }

    /** Ends the writers and waits for them; fails when one of them failed. */
    void stop() throws Exception {
        stopped = true;
        for (Future<?> writer : writers) {
            writer.get(30, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdown();
    }
}
