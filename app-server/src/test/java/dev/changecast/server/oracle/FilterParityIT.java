package dev.changecast.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.server.e2e.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/**
 * A filter has one meaning: random filters find the same rows when a snapshot is read with them, when changes are held
 * against them, and when SQL written from their description alone is asked.
 */
@ExtendWith(ServerLogs.class)
class FilterParityIT {
    private static final Duration WITHIN = Duration.ofSeconds(60);
    private static final int FILTERS = 150;
    private static final int ROUNDS = Integer.getInteger("oracle.rounds", 3);

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;
    private static ServerProcess server;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        // The text of an interval is compared in the form in which clients get it.
        postgres.execute("ALTER DATABASE " + TestPostgres.DATABASE + " SET IntervalStyle = 'iso_8601'");
        postgres.execute(ParityTable.create().toArray(String[]::new));
        postgres.execute("CREATE TABLE mark (id int PRIMARY KEY)");
        String yaml = """
                history: { directory: history }
                limits: { heartbeat: 1s, subscriptions: 1000 }
                sources:
                  pg: { type: postgres, url: "%s", user: postgres, tables: [public.*], heartbeat: 1s }
                routes:
                  - { from: pg/public.*, read: everyone }
                """;
        server = ServerProcess.start(directory.resolve("server"), yaml.formatted(postgres.url()))
                .awaitReady();
    }

    @AfterAll
    static void stop() {
        server.close();
        postgres.close();
    }

    @Test
    void aFilterFindsTheSameRowsInASnapshotInChangesAndInSql() throws SQLException {
        Random random = new Random(Seed.VALUE);
        for (int round = 1; round <= ROUNDS; round++) {
            round(random, round);
        }
    }

    private static void round(Random random, int round) throws SQLException {
        List<RandomFilter> filters = filters(random);
        try (FollowingClient early = new FollowingClient("early", server.webSocket());
                FollowingClient late = new FollowingClient("late", server.webSocket())) {
            Map<String, Replica> live = subscribe(early, filters);
            early.connect().awaitReady(WITHIN);
            write(random);
            String mark = round + "/";
            postgres.execute("INSERT INTO mark VALUES (" + round + ")");
            Replica marks = live.get("mark");
            early.await("the mark", WITHIN, () -> marks.rows().containsKey(mark));
            Map<String, Replica> read = subscribe(late, filters);
            late.connect().awaitReady(WITHIN);
            List<String> differences = new ArrayList<>();
            int matches = 0;
            for (RandomFilter filter : filters) {
                List<String> expected = postgres.query("SELECT id FROM " + ParityTable.NAME + " WHERE " + filter.sql());
                matches += expected.size();
                Map<String, ObjectNode> changed = early.rows(live.get(filter.json()));
                Map<String, ObjectNode> snapshot = late.rows(read.get(filter.json()));
                compare(filter, "changes", ids(expected), changed, differences);
                compare(filter, "the snapshot", ids(expected), snapshot, differences);
                snapshot.forEach((id, row) -> {
                    ObjectNode other = changed.get(id);
                    if (other != null && !other.equals(row)) {
                        differences.add("the row in the snapshot " + row + "\n  is not the row in changes " + other);
                    }
                });
            }
            assertThat(differences).as(Seed.told()).isEmpty();
            assertThat(matches).as("rows found").isGreaterThan(FILTERS);
        }
    }

    /** Different ones; of two that differ in writing only, the server makes one channel. */
    private static List<RandomFilter> filters(Random random) {
        Map<String, RandomFilter> filters = new LinkedHashMap<>();
        while (filters.size() < FILTERS) {
            RandomFilter filter = RandomFilter.next(random, ParityTable.COLUMNS);
            filters.put(filter.json(), filter);
        }
        return List.copyOf(filters.values());
    }

    private static Map<String, Replica> subscribe(FollowingClient client, List<RandomFilter> filters) {
        Map<String, Replica> replicas = new HashMap<>();
        for (RandomFilter filter : filters) {
            replicas.put(
                    filter.json(),
                    client.subscribe("{\"collection\":\"" + ParityTable.NAME + "\",\"filter\":" + filter.json() + "}"));
        }
        replicas.put("mark", client.subscribe("{\"collection\":\"mark\"}"));
        return replicas;
    }

    private static void write(Random random) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("DELETE FROM " + ParityTable.NAME);
            for (int id = 0; id < 60; id++) {
                statement.execute(ParityTable.insert(random, id));
            }
            for (int i = 0; i < 90; i++) {
                try {
                    statement.execute(ParityTable.update(random, random.nextInt(60), random.nextInt(60)));
                } catch (SQLException e) {
                    // Another row has that key.
                    if (!e.getSQLState().equals("23505")) {
                        throw e;
                    }
                }
            }
            statement.execute("DELETE FROM " + ParityTable.NAME + " WHERE id % 13 = 5");
        }
    }

    private static List<String> ids(List<String> numbers) {
        return numbers.stream().map(number -> number + "/").sorted().toList();
    }

    private static void compare(
            RandomFilter filter,
            String where,
            List<String> expected,
            Map<String, ObjectNode> found,
            List<String> differences) {
        List<String> ids = found.keySet().stream().sorted().toList();
        if (!ids.equals(expected)) {
            List<String> odd = new ArrayList<>(ids);
            odd.removeAll(expected);
            List<String> missing = new ArrayList<>(expected);
            missing.removeAll(ids);
            differences.add(where + " and SQL differ for " + filter.json() + "\n  too many: " + odd + ", missing: "
                    + missing + "\n  " + filter.sql());
        }
    }
}
