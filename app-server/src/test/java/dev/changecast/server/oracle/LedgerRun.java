package dev.changecast.server.oracle;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A run over a {@link Ledger}: that each row is counted up without a gap, and where there are transactions that the sum of
 * all accounts is the same at every commit, the clients watch all the time.
 */
final class LedgerRun extends OracleRun {
    static final int ACCOUNTS = 10;
    static final int BALANCE = 100;

    private static final Duration WITHIN = Duration.ofSeconds(60);

    private final Ledger ledger;

    LedgerRun(Ledger ledger, long seed, Supplier<URI> addresses) {
        super(ledger, seed, addresses);
        this.ledger = ledger;
    }

    @Override
    Writing writer(int number) {
        return new LedgerWriter(ledger, number, seed, committed)::run;
    }

    @Override
    Followed followMarks(FollowingClient client) {
        return follow(client, new RowFilter("{\"" + ledger.key() + "\":\"the last\"}", this::isMark), "");
    }

    private boolean isMark(JsonNode row) {
        return row.path(ledger.key()).asString().equals("the last");
    }

    @Override
    String writeMark() {
        try (Ledger.Session session = ledger.connect()) {
            session.insert("the last", "mark");
        }
        return "\"the last\"/";
    }

    @Override
    void newcomer(String name) {
        if (ledger.isDatabase()) {
            everything(name).connect();
        }
    }

    /** Clients with random filters that drop their connections at random, and some that look at everything. */
    LedgerRun withClients(int withFilters) {
        everything("everything").dropAfter(frames(300, 2000));
        everything("everything that drops often").dropAfter(frames(1, 90));
        for (int i = 0; i < withFilters; i++) {
            FollowingClient client = client("client " + i).dropAfter(frames(1, 30 << random.nextInt(5)));
            for (int j = 1 + random.nextInt(3); j > 0; j--) {
                follow(client, filter(), random.nextInt(4) == 0 ? ",\"conflate\":true" : "");
            }
        }
        clients().forEach(FollowingClient::connect);
        if (!ledger.isDatabase()) {
            clients().forEach(client -> client.awaitReady(WITHIN));
        }
        return this;
    }

    private RowFilter filter() {
        RowFilter keys = random.nextBoolean()
                ? RowFilter.oneOf(random, ledger.key(), LedgerWriter.someRows(random))
                : RowFilter.atLeast(random, ledger.key(), LedgerWriter.someRows(random));
        RowFilter filter = !ledger.isDatabase()
                ? keys
                : switch (random.nextInt(3)) {
                    case 0 -> keys;
                    case 1 -> RowFilter.oneOf(random, "kind", LedgerWriter.kinds());
                    default -> RowFilter.below("n", 2 + random.nextInt(20));
                };
        return random.nextInt(4) == 0 ? filter.negated() : filter;
    }

    private FollowingClient everything(String name) {
        FollowingClient client = client(name);
        follow(client, RowFilter.ALL, "").replica().onChange((replica, before, change) -> {
            if (change.path("action").asString().equals("insert")) {
                require(change.path("data").path("n").asInt() == 1, "a new row is written for the first time", change);
            }
        });
        if (ledger.isDatabase()) {
            Replica accounts = follow(client, "{\"collection\":\"account\"}", () -> ledger.rows("account"))
                    .replica();
            // Its documents may be newer than the change that tells of them.
            follow(client, "{\"collection\":\"transfer\"}", () -> ledger.rows("transfer"));
            client.atCommit(at -> {
                int sum = total(accounts);
                if (sum != ACCOUNTS * BALANCE) {
                    throw new AssertionError("the sum is " + sum + " at a commit: half a transaction was shown");
                }
            });
        }
        return client;
    }

    private Followed follow(FollowingClient client, RowFilter filter, String options) {
        String snapshot = ledger.isDatabase() ? "" : ",\"snapshot\":false";
        Followed followed = follow(
                client,
                "{\"collection\":\"row\",\"filter\":" + filter.json() + snapshot + options + "}",
                () -> expected(filter));
        if (!ledger.isDatabase()) {
            followed.replica().fromTheBeginning();
        }
        if (options.isEmpty()) {
            followed.replica().onChange(LedgerRun::checkCount);
        }
        return followed;
    }

    private Map<String, ObjectNode> expected(RowFilter filter) {
        Map<String, ObjectNode> expected = new TreeMap<>();
        ledger.rows(Ledger.COLLECTION).forEach((key, row) -> {
            if (filter.holds().test(row)) {
                expected.put(key, row);
            }
        });
        return expected;
    }

    private static void checkCount(Replica replica, @Nullable ObjectNode before, JsonNode change) {
        if (before != null && change.path("action").asString().equals("update")) {
            int counted = before.path("n").asInt();
            require(change.path("data").path("n").asInt() == counted + 1, "it was " + counted + " before", change);
        }
    }

    private static void require(boolean holds, String what, JsonNode change) {
        if (!holds) {
            throw new AssertionError(what + ": " + change);
        }
    }
}
