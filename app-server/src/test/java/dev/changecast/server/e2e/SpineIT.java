package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Several write at once; several look on; in the end everybody has what the database has. */
@ExtendWith(ServerLogs.class)
@Tag(TestPostgres.OLDER_TOO)
class SpineIT {
    private static final int WRITERS = 8;
    private static final int TRANSACTIONS = 60;
    private static final long SEED = 20261120;

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;
    private static ServerProcess server;
    private static RecordingClient everything;
    private static RecordingClient some;
    private static Mirror items;
    private static Mirror places;
    private static Mirror accounts;
    private static Mirror ordered;
    private static Mirror lowItems;
    private static Mirror freePlaces;
    private static Mirror houseTwo;
    private static int committed;

    @BeforeAll
    static void writersWriteAndClientsListen() throws Exception {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        SpineSchema.create(postgres);
        server = ServerProcess.start(directory.resolve("server"), SpineSchema.YAML.formatted(postgres.url()))
                .awaitReady();
        everything = RecordingClient.connect(server.webSocket());
        items = everything.subscribe("{\"collection\":\"items\",\"snapshot\":false}");
        places = everything.subscribe("{\"collection\":\"places\",\"snapshot\":false}");
        accounts = everything.subscribe("{\"collection\":\"accounts\",\"snapshot\":false}");
        ordered = everything.subscribe("{\"collection\":\"ordered\",\"snapshot\":false}");
        Mirror marks = everything.subscribe("{\"collection\":\"marks\",\"snapshot\":false}");
        some = RecordingClient.connect(server.webSocket());
        lowItems = some.subscribe("{\"collection\":\"items\",\"filter\":{\"id\":{\"$lt\":20}},\"snapshot\":false}");
        freePlaces = some.subscribe("{\"collection\":\"places\",\"filter\":{\"Status\":\"frei\"},\"snapshot\":false}");
        houseTwo = some.subscribe("{\"collection\":\"places\",\"filter\":{\"Haus\":2,\"Status\":{\"$ne\":\"frei\"}},"
                + "\"columns\":[\"Status\"],\"snapshot\":false}");
        Mirror someMarks = some.subscribe("{\"collection\":\"marks\",\"snapshot\":false}");
        everything.awaitReady();
        some.awaitReady();

        postgres.execute("INSERT INTO accounts SELECT n, 100 FROM generate_series(0, 9) AS n");
        everything.await("the accounts", () -> accounts.rows().size() == 10);
        everything.atCommit(client -> assertThat(accounts.rows().values().stream()
                        .mapToInt(account -> account.path("balance").asInt())
                        .sum())
                .as("the sum of all accounts at a commit")
                .isEqualTo(1000));
        committed = write();
        // So that each client has something to compare, however the writers left it.
        postgres.execute(
                "INSERT INTO \"Büro\".\"Plätze\" VALUES (2, 998, 'frei', 'last', ''), (2, 999, 'belegt', 'last', '')");
        // What is committed last is seen last.
        postgres.execute("INSERT INTO marks VALUES (1)");
        everything.await("the mark", () -> marks.rows().size() == 1);
        some.await("the mark", () -> someMarks.rows().size() == 1);
    }

    private static int write() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Future<Integer>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int number = i;
                writers.add(threads.submit(() -> {
                    try (Writer writer = new Writer(postgres, number, SEED)) {
                        return writer.run(TRANSACTIONS);
                    }
                }));
            }
            int all = 0;
            for (Future<Integer> writer : writers) {
                all += writer.get();
            }
            try (Writer last = new Writer(postgres, WRITERS, SEED).withoutTruncate()) {
                return all + last.run(TRANSACTIONS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @AfterAll
    static void stop() {
        everything.close();
        some.close();
        server.close();
        postgres.close();
    }

    @Test
    void eachClientEndsWithTheRowsOfTheTable() {
        assertThat(committed).isGreaterThan(WRITERS * TRANSACTIONS / 2);
        assertSame(everything, items, SpineSchema.ITEMS);
        assertSame(everything, places, SpineSchema.PLACES);
        assertSame(everything, accounts, SpineSchema.ACCOUNTS);
    }

    @Test
    void aClientWithAFilterEndsWithTheRowsThatTheSameConditionSelects() {
        assertSame(some, lowItems, SpineSchema.ITEMS + " WHERE id < 20");
        assertSame(some, freePlaces, SpineSchema.PLACES + " WHERE \"Status\" = 'frei'");
        assertSame(
                some,
                houseTwo,
                "SELECT json_build_object('Haus', \"Haus\", 'Nummer', \"Nummer\", 'Status', \"Status\")"
                        + " FROM \"Büro\".\"Plätze\" WHERE \"Haus\" = 2 AND \"Status\" <> 'frei'");
    }

    @Test
    void aSnapshotHasTheSameValuesAsTheChanges() {
        try (RecordingClient late = RecordingClient.connect(server.webSocket())) {
            Mirror lateItems = late.subscribe("{\"collection\":\"items\"}");
            Mirror latePlaces = late.subscribe("{\"collection\":\"places\",\"filter\":{\"Status\":\"frei\"}}");
            late.awaitReady();

            assertSame(late, lateItems, SpineSchema.ITEMS);
            assertSame(late, latePlaces, SpineSchema.PLACES + " WHERE \"Status\" = 'frei'");
        }
    }

    @Test
    void changesComeInTheOrderOfTheirCommits() {
        List<Integer> numbers = everything.applied(ordered).stream()
                .map(change -> change.number("n"))
                .toList();
        assertThat(numbers).hasSizeGreaterThan(20).isSorted().doesNotHaveDuplicates();
        assertThat(numbers)
                .hasSize(postgres.query("SELECT n FROM ordered").size())
                .last()
                .isEqualTo(numbers.size());
    }

    @Test
    void whatWasRolledBackNeverAppears() {
        for (Mirror mirror : List.of(items, places)) {
            assertThat(everything.applied(mirror))
                    .hasSizeGreaterThan(50)
                    .noneMatch(change -> change.message().toString().contains("\"never\""));
        }
    }

    @Test
    void everyKindOfChangeWasThere() {
        assertThat(everything.applied(items)).map(Change::action).contains("insert", "update", "delete", "truncate");
        assertThat(everything.applied(items))
                .as("an update that leaves a large value as it was")
                .anyMatch(
                        change -> change.message().path("unchanged").toString().contains("large"));
        assertThat(everything.applied(places))
                .anyMatch(change -> change.message().has("old"));
    }

    @Test
    void anUpdateUnderFullIdentityTellsTheRowAsItWas() {
        Map<String, JsonNode> rows = new HashMap<>();
        int updates = 0;
        for (Change change : everything.applied(places)) {
            String key = String.valueOf(change.key());
            switch (change.action()) {
                case "update" -> {
                    updates++;
                    assertThat(change.old()).as("old of %s", change).isEqualTo(rows.get(key));
                    assertThat(change.message().has("unchanged")).isFalse();
                    rows.put(key, Objects.requireNonNull(change.data()));
                }
                case "insert" -> rows.put(key, Objects.requireNonNull(change.data()));
                case "delete" -> assertThat(change.data()).isEqualTo(rows.remove(key));
                default -> rows.clear();
            }
        }
        assertThat(updates).isGreaterThan(20);
    }

    @Test
    void theOldRowIsNeverToldOfARowThatWasOutsideTheView() {
        assertThat(some.applied(freePlaces))
                .filteredOn(change -> change.old() != null)
                .allSatisfy(change -> assertThat(Objects.requireNonNull(change.old())
                                .path("Status")
                                .asString())
                        .isEqualTo("frei"));
    }

    @Test
    void aTransactionIsWholeOverAllChannels() {
        // The client itself fails on one that is not; here is shown that there were such transactions.
        Map<String, Integer> channels = new HashMap<>();
        for (Mirror mirror : List.of(items, places, accounts, ordered)) {
            everything.applied(mirror).stream()
                    .map(Change::tx)
                    .distinct()
                    .forEach(tx -> channels.merge(tx, 1, Integer::sum));
        }
        assertThat(channels.values()).filteredOn(count -> count > 1).hasSizeGreaterThan(30);
        everything.check();
    }

    private static void assertSame(RecordingClient client, Mirror mirror, String query) {
        List<JsonNode> expected = SpineSchema.rows(postgres, query);
        List<JsonNode> seen = new ArrayList<JsonNode>(client.rows(mirror).values());
        assertThat(seen).as(query).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(expected).as("rows to compare").isNotEmpty();
    }
}
