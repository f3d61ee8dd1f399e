package dev.changecast.source.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A real PostgreSQL, and databases in it. */
final class TestServer implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static final class Shared {
        private static final TestServer SERVER = start(builder -> builder.setServerConfig("wal_sender_timeout", "20s"));

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close, "stop-postgres"));
        }
    }

    private final EmbeddedPostgres postgres;

    private TestServer(EmbeddedPostgres postgres) {
        this.postgres = postgres;
    }

    /** The one that most tests use, each with a database of its own. */
    static TestServer shared() {
        return Shared.SERVER;
    }

    static TestServer start(Consumer<EmbeddedPostgres.Builder> with) {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setServerConfig("wal_level", "logical")
                .setServerConfig("max_replication_slots", "300")
                .setServerConfig("max_wal_senders", "20")
                .setServerConfig("max_connections", "100")
                .setServerConfig("max_prepared_transactions", "2")
                .setServerConfig("fsync", "off")
                // The library turns it off; then what is committed comes late.
                .setServerConfig("synchronous_commit", "on")
                .setLocaleConfig("locale", "C.UTF-8")
                .setLocaleConfig("encoding", "UTF8");
        with.accept(builder);
        try {
            return new TestServer(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return postgres.getPort();
    }

    TestDatabase database() {
        return database("");
    }

    TestDatabase database(String options) {
        String name = "t" + NUMBER.incrementAndGet();
        execute("postgres", "CREATE DATABASE " + name + " " + options);
        return new TestDatabase(this, name);
    }

    String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + database;
    }

    Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(url(database), "postgres", null);
    }

    void execute(String database, String... statements) {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    List<String> query(String database, String sql) {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try {
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for what cannot signal, such as the state of the server. */
    static void await(String what, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        CountDownLatch never = new CountDownLatch(1);
        try {
            while (!condition.call()) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("not within 20 s: " + what);
                }
                never.await(10, TimeUnit.MILLISECONDS);
            }
        } catch (Exception e) {
            throw new AssertionError(what, e);
        }
    }
}
