package dev.changecast.server.oracle;

import dev.changecast.server.e2e.TestPostgres;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One of several that write to the same rows of the {@link BankSchema}. Its statements follow from its seed; what the
 * database refuses is rolled back, and when the database goes it comes back and looks what became of its last commit.
 */
final class BankWriter {
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final TestPostgres postgres;
    private final int number;
    private final Random random;
    private final LongAdder committed;
    private @Nullable Connection connection;
    private int sequence;

    /** @param committed counts what all writers have committed */
    BankWriter(TestPostgres postgres, int number, long seed, LongAdder committed) {
        this.postgres = postgres;
        this.number = number;
        this.random = new Random(seed * 31 + number);
        this.committed = committed;
    }

    /** Writes one transaction after the other while it may. */
    void run(BooleanSupplier goesOn) throws SQLException {
        while (goesOn.getAsBoolean()) {
            try {
                Connection present = connected();
                try {
                    transaction(present);
                } catch (SQLException e) {
                    present.rollback();
                    // A deadlock, a key that another writer has taken: what happens in practice.
                    if (!e.getSQLState().startsWith("40") && !e.getSQLState().equals("23505")) {
                        throw e;
                    }
                }
            } catch (SQLException e) {
                // The database has gone, or is coming back.
                if (!e.getSQLState().startsWith("08") && !e.getSQLState().startsWith("57P")) {
                    throw e;
                }
                connection = null;
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
        if (connection != null) {
            connection.close();
        }
    }

    private Connection connected() throws SQLException {
        Connection present = connection;
        if (present == null) {
            present = postgres.connect();
            try (Statement statement = present.createStatement();
                    ResultSet row = statement.executeQuery(
                            "SELECT coalesce(max(seq), 0) FROM journal WHERE writer = " + number)) {
                row.next();
                sequence = row.getInt(1);
            }
            present.setAutoCommit(false);
            connection = present;
        }
        return present;
    }

    private void transaction(Connection on) throws SQLException {
        int kind = random.nextInt(100);
        if (kind < 35) {
            transfer(on);
        } else if (kind < 97) {
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                statement(on);
            }
            if (random.nextInt(4) == 0) {
                savepoint(on);
            }
        } else if (kind < 99) {
            // One that others overtake.
            statement(on);
            execute(on, "SELECT pg_sleep(0.2)");
            transfer(on);
        } else {
            execute(on, "TRUNCATE " + (random.nextBoolean() ? "item" : "part"));
        }
        if (random.nextInt(8) == 0) {
            on.rollback();
            return;
        }
        execute(on, "INSERT INTO journal VALUES (" + number + ", " + (sequence + 1) + ")");
        on.commit();
        sequence++;
        committed.increment();
    }

    /** From one account to another, or from an account to a vault and back: the sum of all stays what it is. */
    private void transfer(Connection on) throws SQLException {
        int amount = random.nextInt(50);
        String from = random.nextBoolean() ? "account" : "vault";
        String to = random.nextBoolean() ? "account" : "vault";
        int first = 1 + random.nextInt(BankSchema.ACCOUNTS);
        int second = 1 + (first + random.nextInt(BankSchema.ACCOUNTS - 1)) % BankSchema.ACCOUNTS;
        execute(on, "UPDATE " + from + " SET balance = balance - " + amount + " WHERE id = " + first);
        if (random.nextInt(3) == 0) {
            statement(on);
        }
        execute(on, "UPDATE " + to + " SET balance = balance + " + amount + " WHERE id = " + second);
    }

    private void savepoint(Connection on) throws SQLException {
        Savepoint savepoint = on.setSavepoint();
        execute(on, "UPDATE item SET kind = 'never' WHERE id = " + random.nextInt(BankSchema.ITEMS));
        execute(on, "UPDATE account SET balance = 0 WHERE id = " + (1 + random.nextInt(BankSchema.ACCOUNTS)));
        on.rollback(savepoint);
        statement(on);
    }

    private void statement(Connection on) throws SQLException {
        int id = random.nextInt(BankSchema.ITEMS);
        int group = random.nextInt(4);
        int part = random.nextInt(15);
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> insertItem(on, id);
            case 3 -> execute(on, "UPDATE item SET amount = amount + 1.10, flag = NOT flag WHERE id = " + id);
            case 4 ->
                execute(
                        on,
                        "UPDATE item SET state = '" + state() + "', rank = rank + 1 WHERE rank < 100 AND id % 7 = "
                                + id % 7);
            case 5 -> execute(on, "UPDATE item SET id = " + random.nextInt(BankSchema.ITEMS) + " WHERE id = " + id);
            case 6 -> execute(on, "DELETE FROM item WHERE id = " + id);
            case 7, 8 ->
                execute(
                        on,
                        "INSERT INTO part VALUES (" + group + ", " + part + ", 'new', '" + large()
                                + "') ON CONFLICT (grp, id) DO UPDATE SET note = 'again'");
            case 9 -> execute(on, "UPDATE part SET note = 'n" + random.nextInt(100) + "' WHERE grp = " + group);
            // Everything is written anew: of an unchanged large value of another key nobody tells.
            case 10 ->
                execute(
                        on,
                        "UPDATE part SET id = " + random.nextInt(15) + ", large = '" + large() + "' WHERE grp = "
                                + group + " AND id = " + part);
            default -> execute(on, "DELETE FROM part WHERE grp = " + group + " AND id = " + part);
        }
    }

    private void insertItem(Connection on, int id) throws SQLException {
        String sql = "INSERT INTO item VALUES (?, ?, ?::state, ?, ?, ?, ?::timestamptz, ?)"
                + " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, at = excluded.at";
        try (PreparedStatement insert = on.prepareStatement(sql)) {
            insert.setInt(1, id);
            insert.setString(2, new @Nullable String[] {"a", "B", "\u00e4", "", null}[random.nextInt(5)]);
            insert.setString(3, random.nextInt(5) == 0 ? null : state());
            insert.setBigDecimal(4, random.nextInt(5) == 0 ? null : new BigDecimal(random.nextInt(100) - 10 + ".50"));
            insert.setBoolean(5, random.nextBoolean());
            insert.setInt(6, random.nextInt(5));
            insert.setString(
                    7, "2026-01-02 03:04:" + (10 + random.nextInt(20)) + (random.nextBoolean() ? ".250" : "") + "Z");
            insert.setString(8, large());
            insert.execute();
        }
    }

    private String state() {
        return new String[] {"free", "held", "sold"}[random.nextInt(3)];
    }

    /** Random, so that PostgreSQL cannot compress it below what it keeps in the row. */
    private String large() {
        if (random.nextInt(3) > 0) {
            return "small";
        }
        StringBuilder text = new StringBuilder();
        // At times more than a page of the database.
        int length = random.nextInt(8) == 0 ? 10_000 : 4_000;
        while (text.length() < length) {
            text.append(Long.toString(random.nextLong(), 36));
        }
        return text.toString();
    }

    private static void execute(Connection on, String sql) throws SQLException {
        try (Statement statement = on.createStatement()) {
            statement.execute(sql);
        }
    }
}
