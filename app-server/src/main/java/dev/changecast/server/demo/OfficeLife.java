package dev.changecast.server.demo;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens in the office all day: people arrive, leave, reserve, change places; things break and are mended. Each event
 * is one transaction. They are chosen so that about two thirds of the desks stay taken.
 */
final class OfficeLife implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OfficeLife.class);

    private static final String DESKS = "SELECT id FROM workstations WHERE name ~ '^[12]-[0-9]+$' AND status = '%s'"
            + " ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED";

    private static final String FREE = "UPDATE workstations SET status = 'available', employee = NULL, notes = NULL,"
            + " updated_at = now() WHERE id = (" + DESKS + ")";

    private static final int FEWEST_AVAILABLE = 7;
    private static final int FEWEST_OCCUPIED = 18;
    private static final int MOST_RESERVED = 7;

    private static final List<Event> EVENTS = List.of(
            new Event(30, OfficeLife::arrive),
            new Event(24, OfficeLife::leave),
            new Event(10, OfficeLife::reserve),
            new Event(9, OfficeLife::claimReserved),
            new Event(12, OfficeLife::changePlaces),
            new Event(5, OfficeLife::breakDown),
            new Event(6, OfficeLife::mend),
            new Event(4, OfficeLife::popUpDesk));

    private final DataSource office;
    private final long everyMillis;
    private final Random random;
    private final ScheduledExecutorService thread;
    private @Nullable ScheduledFuture<?> task;
    private @Nullable Connection connection;

    /** @param everyMillis the mean time between two events */
    OfficeLife(DataSource office, long everyMillis, Random random) {
        this.office = office;
        this.everyMillis = everyMillis;
        this.random = random;
        this.thread = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread named = new Thread(runnable, "demo-office");
            named.setDaemon(true);
            return named;
        });
    }

    synchronized void start() {
        scheduleNext();
    }

    /** Lets the running event end, then begins none. */
    @Override
    public void close() {
        thread.shutdown();
        synchronized (this) {
            if (task != null) {
                task.cancel(false);
            }
        }
        try {
            if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        disconnect();
    }

    private synchronized void scheduleNext() {
        if (!thread.isShutdown()) {
            long delay = everyMillis / 2 + random.nextLong(everyMillis + 1);
            task = thread.schedule(this::liveOn, delay, TimeUnit.MILLISECONDS);
        }
    }

    private void liveOn() {
        try {
            if (connection == null) {
                connection = office.getConnection();
                connection.setAutoCommit(false);
            }
            happen(connection, random);
        } catch (SQLException e) {
            LOG.debug("nothing can happen in the office at the moment: {}", e.getMessage());
            disconnect();
        } finally {
            scheduleNext();
        }
    }

    /** One event, committed. Does nothing when there is nobody, or no desk, that it could happen to. */
    static void happen(Connection connection, Random random) throws SQLException {
        int dice = random.nextInt(EVENTS.stream().mapToInt(Event::weight).sum());
        for (Event event : EVENTS) {
            dice -= event.weight();
            if (dice < 0) {
                try (Statement statement = connection.createStatement()) {
                    event.happening().happen(statement);
                    connection.commit();
                } catch (SQLException e) {
                    connection.rollback();
                    throw e;
                }
                return;
            }
        }
    }

    private void disconnect() {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            LOG.debug("the office's connection was broken: {}", e.getMessage());
        }
        connection = null;
    }

    private static void arrive(Statement statement) throws SQLException {
        if (count(statement, "available") > FEWEST_AVAILABLE) {
            take(statement, "occupied");
        } else {
            free(statement, "occupied");
        }
    }

    private static void reserve(Statement statement) throws SQLException {
        if (count(statement, "reserved") < MOST_RESERVED) {
            take(statement, "reserved");
        } else {
            free(statement, "reserved");
        }
    }

    private static void take(Statement statement, String status) throws SQLException {
        statement.executeUpdate("UPDATE workstations SET status = '" + status + "', employee = " + absentPerson()
                + ", notes = NULL, updated_at = now() WHERE id = (" + DESKS.formatted("available") + ") AND "
                + absentPerson() + " IS NOT NULL");
    }

    private static void leave(Statement statement) throws SQLException {
        if (count(statement, "occupied") > FEWEST_OCCUPIED) {
            free(statement, "occupied");
        } else {
            take(statement, "occupied");
        }
    }

    private static void free(Statement statement, String status) throws SQLException {
        statement.executeUpdate(FREE.formatted(status));
    }

    private static long count(Statement statement, String status) throws SQLException {
        try (ResultSet rows =
                statement.executeQuery("SELECT count(*) FROM workstations WHERE status = '" + status + "'")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static void claimReserved(Statement statement) throws SQLException {
        statement.executeUpdate("UPDATE workstations SET status = 'occupied', updated_at = now() WHERE id = ("
                + DESKS.formatted("reserved") + ")");
    }

    /** Two people exchange desks: two rows, one transaction, so nobody ever sees one of them twice. */
    private static void changePlaces(Statement statement) throws SQLException {
        statement.executeUpdate("""
                WITH two AS (
                  SELECT id, employee, row_number() OVER () AS n
                  FROM (SELECT id, employee FROM workstations WHERE status = 'occupied' AND name ~ '^[12]-'
                        ORDER BY random() LIMIT 2 FOR UPDATE SKIP LOCKED) picked)
                UPDATE workstations w SET employee = other.employee, updated_at = now()
                FROM two one JOIN two other ON other.n <> one.n
                WHERE w.id = one.id
                """);
    }

    private static void breakDown(Statement statement) throws SQLException {
        statement.executeUpdate("""
                UPDATE workstations SET status = 'maintenance', employee = NULL, updated_at = now(),
                  notes = (ARRAY['Network socket dead', 'New chair on its way', 'Being cleaned', 'Lamp flickers'])
                          [1 + floor(random() * 4)::int]
                WHERE id = (%s) AND (SELECT count(*) FROM workstations WHERE status = 'maintenance') < 4
                """.formatted(DESKS.formatted("available")));
    }

    private static void mend(Statement statement) throws SQLException {
        free(statement, "maintenance");
    }

    /** A desk is put up in the reception or the lounge for a guest, or taken away again. */
    private static void popUpDesk(Statement statement) throws SQLException {
        if (statement.executeUpdate("DELETE FROM workstations WHERE name LIKE 'Pop-up %'") == 0) {
            statement.executeUpdate("""
                    INSERT INTO workstations (name, department, employee, x, y, width, height, status, floor_number)
                    SELECT 'Pop-up ' || n, 'Guests', 'Guest ' || n, x, y, 92, 56, 'occupied', f
                    FROM (VALUES ('A', 490, 352, 1), ('B', 366, 226, 2), ('C', 490, 412, 1)) AS place (n, x, y, f)
                    ORDER BY random() LIMIT 1 + floor(random() * 2)::int
                    """);
        }
    }

    /** Somebody without a desk, as SQL. */
    private static String absentPerson() {
        StringBuilder names = new StringBuilder();
        for (String person : Office.PEOPLE) {
            names.append(names.isEmpty() ? "'" : ", '").append(person).append('\'');
        }
        return "(SELECT person FROM unnest(ARRAY[" + names + "]) AS person WHERE person NOT IN"
                + " (SELECT employee FROM workstations WHERE employee IS NOT NULL) ORDER BY random() LIMIT 1)";
    }

    @FunctionalInterface
    private interface Happening {
        void happen(Statement statement) throws SQLException;
    }

    private record Event(int weight, Happening happening) {}
}
