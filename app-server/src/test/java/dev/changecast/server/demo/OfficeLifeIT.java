package dev.changecast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's SQL against a real PostgreSQL. */
class OfficeLifeIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private static DemoDatabase database;
    private static Connection connection;

    @BeforeAll
    static void start() throws Exception {
        database = DemoDatabase.start(directory.resolve("postgres"), 0);
        connection = database.office().getConnection();
        Office.create(connection);
    }

    @AfterAll
    static void stop() throws Exception {
        connection.close();
        database.close();
    }

    private static long count(String condition) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM workstations WHERE " + condition)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    @Test
    void theOfficeIsCreatedOnce() throws Exception {
        Office.create(connection);

        assertThat(count("true")).isGreaterThanOrEqualTo(40);
    }

    @Test
    void aDayInTheOfficeLeavesItInOrder() throws Exception {
        connection.setAutoCommit(false);
        Random random = new Random(1);
        for (int i = 0; i < 400; i++) {
            OfficeLife.happen(connection, random);
        }

        assertThat(count("status IN ('occupied', 'reserved') AND employee IS NULL"))
                .isZero();
        assertThat(count("status IN ('available', 'maintenance') AND employee IS NOT NULL"))
                .isZero();
        assertThat(count("employee IN (SELECT employee FROM workstations GROUP BY employee HAVING count(*) > 1)"))
                .isZero();
        assertThat(count("name ~ '^[12]-[0-9]+$'")).isEqualTo(40);
        assertThat(count("status = 'occupied'")).isBetween(14L, 34L);
        assertThat(count("status = 'maintenance'")).isLessThanOrEqualTo(4);
        assertThat(count("xmin IN (SELECT xmin FROM workstations GROUP BY xmin HAVING count(*) > 1)"))
                .as("rows that changed in one transaction with another")
                .isPositive();
        connection.commit();
    }
}
