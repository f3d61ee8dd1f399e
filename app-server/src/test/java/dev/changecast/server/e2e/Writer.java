package dev.changecast.server.e2e;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Random;

/** One of several that write to the same rows of the {@link SpineSchema}, in every way there is. Same seed, same statements. */
final class Writer implements AutoCloseable {
    private static final int ROWS = 60;

    private final Connection connection;
    private final Random random;
    private final int number;
    private int committed;
    private boolean truncates = true;

    Writer(TestPostgres postgres, int number, long seed) throws SQLException {
        this.connection = postgres.connect();
        this.connection.setAutoCommit(false);
        this.random = new Random(seed * 31 + number);
        this.number = number;
    }

    /** It leaves rows to compare. */
    Writer withoutTruncate() {
        truncates = false;
        return this;
    }

    /** Transactions one after the other; those that others stand in the way of are rolled back and count too. */
    int run(int transactions) throws SQLException {
        for (int i = 0; i < transactions; i++) {
            try {
                transaction();
            } catch (SQLException e) {
                connection.rollback();
                // A deadlock, a key that another writer has taken, or a wait that is too long: what happens in
                // practice.
                if (!e.getSQLState().startsWith("40") && !e.getSQLState().equals("23505")) {
                    throw e;
                }
            }
        }
        return committed;
    }

    private void transaction() throws SQLException {
        int kind = random.nextInt(100);
        if (kind < 25) {
            transfer();
        } else if (kind < 97 || !truncates) {
            int statements = 1 + random.nextInt(6);
            for (int i = 0; i < statements; i++) {
                statement("seen");
            }
            if (random.nextInt(4) == 0) {
                savepoint();
            }
        } else {
            execute("TRUNCATE sales.items");
        }
        if (kind % 7 == 0) {
            statement("never");
            connection.rollback();
            return;
        }
        if (kind % 3 == 0) {
            // Whoever holds the lock commits before the next number is given: numbers are in commit order.
            execute("WITH next AS (UPDATE counter SET n = n + 1 RETURNING n) INSERT INTO ordered SELECT n, " + number
                    + " FROM next");
        }
        connection.commit();
        committed++;
    }

    private void transfer() throws SQLException {
        int amount = random.nextInt(50);
        int from = random.nextInt(10);
        int to = (from + 1 + random.nextInt(9)) % 10;
        execute("UPDATE accounts SET balance = balance - " + amount + " WHERE id = " + from);
        if (random.nextBoolean()) {
            statement("seen");
        }
        execute("UPDATE accounts SET balance = balance + " + amount + " WHERE id = " + to);
    }

    private void savepoint() throws SQLException {
        Savepoint savepoint = connection.setSavepoint();
        try {
            statement("never");
            statement("never");
            Savepoint inner = connection.setSavepoint();
            statement("never");
            connection.releaseSavepoint(inner);
        } catch (SQLException e) {
            if (!e.getSQLState().equals("23505")) {
                throw e;
            }
        }
        connection.rollback(savepoint);
        statement("seen");
    }

    private void statement(String note) throws SQLException {
        int row = random.nextInt(ROWS);
        switch (random.nextInt(9)) {
            case 0, 1 -> insertItem(row, note);
            case 2 ->
                execute("UPDATE sales.items SET amount = coalesce(amount, 0) + 1.10, note = '" + note
                        + "', flag = NOT flag" + " WHERE id = " + row);
            case 3 -> execute("DELETE FROM sales.items WHERE id = " + row);
            // Everything large is written anew: the stream alone does not tell it when the key changes.
            case 4 ->
                execute("UPDATE sales.items SET id = " + random.nextInt(ROWS) + ", large = NULL, note = '" + note
                        + "' WHERE id = " + row);
            case 5 -> place(row, note);
            case 6 ->
                execute("UPDATE \"Büro\".\"Plätze\" SET \"Status\" = '" + status() + "', note = '" + note
                        + "' WHERE \"Haus\" = " + row % 4);
            case 7 ->
                execute("DELETE FROM \"Büro\".\"Plätze\" WHERE \"Haus\" = " + row % 4 + " AND \"Nummer\" = " + row / 4);
            default ->
                execute("UPDATE \"Büro\".\"Plätze\" SET \"Nummer\" = \"Nummer\" + 100, note = '" + note
                        + "' WHERE \"Haus\" = " + row % 4 + " AND \"Nummer\" = " + row / 4);
        }
    }

    private void insertItem(int row, String note) throws SQLException {
        String sql =
                "INSERT INTO sales.items VALUES (?, ?, ?, ?, ?::jsonb, string_to_array(?, ','), ?, ?, ?::timestamptz, ?,"
                        + " ?, gen_random_uuid()) ON CONFLICT (id) DO UPDATE SET note = excluded.note, document = excluded.document";
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setInt(1, row);
            insert.setString(
                    2, random.nextInt(3) == 0 ? null : "name \"" + row + "\" \\ \u00e4\u20ac\ud83d\ude00\n\u0001");
            insert.setBigDecimal(
                    3, random.nextInt(3) == 0 ? null : new java.math.BigDecimal(random.nextInt(100000) + ".50"));
            insert.setString(4, random.nextBoolean() ? "small" : large());
            insert.setString(5, "{\"a\": [1, 2.50, null, {\"b\": \"" + row + "\"}], \"n\": " + random.nextInt() + "}");
            insert.setString(6, random.nextInt(3) == 0 ? null : "x,\u00e9 \"q\"," + row);
            insert.setString(7, note);
            insert.setBoolean(8, random.nextBoolean());
            insert.setString(
                    9, "2026-01-02 03:04:" + (10 + random.nextInt(50)) + (random.nextBoolean() ? ".250" : "") + "+02");
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            insert.setBytes(10, bytes);
            insert.setDouble(11, random.nextInt(5) == 0 ? Double.NaN : random.nextGaussian());
            insert.execute();
        }
    }

    /** Random, so that PostgreSQL cannot compress it below what it keeps in the row. */
    private String large() {
        StringBuilder text = new StringBuilder();
        while (text.length() < 12_000) {
            text.append(Long.toString(random.nextLong(), 36));
        }
        return text.toString();
    }

    private void place(int row, String note) throws SQLException {
        execute("INSERT INTO \"Büro\".\"Plätze\" VALUES (" + row % 4 + ", " + row / 4 + ", '" + status() + "', '" + note
                + "', '" + (random.nextBoolean() ? "" : large()) + "') ON CONFLICT DO NOTHING");
    }

    private String status() {
        return random.nextBoolean() ? "frei" : "belegt";
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
