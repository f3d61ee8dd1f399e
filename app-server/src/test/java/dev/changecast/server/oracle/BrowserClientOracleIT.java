package dev.changecast.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.browser.NodeJs;
import dev.changecast.server.browser.UpgradeProxy;
import dev.changecast.server.e2e.ServerLogs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The oracle through the client for browsers: whatever is done to network and server, over WebSocket, by long polling and
 * while it goes from one to the other, its live collections end with the rows of the same SELECT, and on the way there show
 * no half transaction, no gap, no repeat and no reset. The clients run in Node.js and watch by themselves.
 */
@ExtendWith(ServerLogs.class)
class BrowserClientOracleIT {
    private static final Logger LOG = LoggerFactory.getLogger(BrowserClientOracleIT.class);
    private static final Duration SHORT = Duration.ofSeconds(6);
    private static final Duration QUIET = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final int CLIENTS = 6;

    @TempDir
    private static Path directory;

    private static Path node;
    private static Bank bank;
    private static UpgradeProxy proxy;
    private static long runs;

    /** A live collection, and the rows that it should have. */
    private record Expected(int live, String collection, String condition, List<String> columns) {}

    @BeforeAll
    static void start() throws Exception {
        node = NodeJs.assumeRecent();
        bank = new Bank(directory);
        proxy = UpgradeProxy.to(bank.clients::port);
    }

    @AfterAll
    static void stop() throws Exception {
        if (proxy != null) {
            proxy.close();
        }
        if (bank != null) {
            bank.close();
        }
    }

    @Test
    void overWebSocketNothingIsLost() throws Exception {
        JsonNode end = run("websocket", SHORT, (run, random) -> fault(run, random, 4));

        assertThat(end.path("polling").asInt()).as("times a client polled").isZero();
    }

    @Test
    void byLongPollingNothingIsLost() throws Exception {
        JsonNode end = run("polling", SHORT, (run, random) -> fault(run, random, 4));

        assertThat(end.path("connected").asInt())
                .as("times a client had a WebSocket")
                .isZero();
    }

    @Test
    void goingFromOneToTheOtherNothingIsLost() throws Exception {
        JsonNode end = run(
                "both",
                Duration.ofSeconds(Integer.getInteger("oracle.seconds", (int) SHORT.toSeconds())),
                (run, random) -> {
                    go(run, proxy.webSockets() > 0);
                    fault(run, random, 4);
                });

        assertThat(end.path("connected").asInt())
                .as("times a client had a WebSocket")
                .isGreaterThan(CLIENTS);
        assertThat(end.path("polling").asInt()).as("times a client polled").isPositive();
    }

    private static void fault(OracleRun run, Random random, int kinds) {
        switch (random.nextInt(kinds)) {
            case 0 -> killServer(run, random);
            case 1, 2 -> Faults.breakClientNetwork(run, random);
            default -> run.awaitCommits(random.nextInt(100));
        }
    }

    /** Lets clients have no WebSocket, or have one again, and gives them a while to go there. */
    private static void go(OracleRun run, boolean toPolling) {
        int polls = proxy.polls();
        proxy.refuseUpgrades(toPolling);
        for (int i = 0; i < 10 && (toPolling ? proxy.polls() < polls + CLIENTS : proxy.webSockets() < CLIENTS); i++) {
            run.awaitCommits(20);
        }
    }

    private static void killServer(OracleRun run, Random random) {
        run.awaitCommits(random.nextInt(60));
        bank.server.kill();
        run.awaitCommits(random.nextInt(60));
        bank.server.startAgain();
        bank.server.awaitReady();
    }

    private static JsonNode run(String by, Duration during, OracleRun.Fault fault) throws Exception {
        long seed = Seed.VALUE + 100 + ++runs;
        try (BankRun run = new BankRun(bank, seed);
                JsFollowers followers = new JsFollowers(node, directory)) {
            List<Expected> expected = follow(followers, by, new Random(seed));
            followers.awaitReady(QUIET);
            run.write()
                    .inject(during, (running, random) -> {
                        fault.inject(running, random);
                        if (random.nextBoolean()) {
                            followers.giveTime(PATIENCE);
                        }
                        followers.check();
                    })
                    .verify();
            proxy.refuseUpgrades(false);
            if (by.equals("both")) {
                followers.awaitWebSockets(QUIET);
            }
            String[] mark = String.valueOf(bank.postgres
                            .query("INSERT INTO mark DEFAULT VALUES RETURNING id || ' ' || pg_current_xact_id()")
                            .get(0))
                    .split(" ");
            JsonNode end = followers.settle(mark[1], Integer.parseInt(mark[0]), QUIET);
            for (Expected each : expected) {
                assertThat(followers.rows(each.live, key(each.collection)))
                        .as("%s of %s where %s", each.live, each.collection, each.condition)
                        .containsExactlyInAnyOrderEntriesOf(
                                BankSchema.rows(bank.postgres, each.collection, each.condition, each.columns));
            }
            LOG.info("{}: {}; {}; {}", by, run.summary(), end, Seed.told());
            return end;
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n  " + Seed.told(), e);
        }
    }

    /** The first client looks at everything, the others at what random filters let through. */
    private static List<Expected> follow(JsFollowers followers, String by, Random random) {
        List<Expected> expected = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            String client = by + " " + i;
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("name", client);
            fields.put("url", proxy.url());
            fields.put("by", by);
            fields.put("seed", random.nextInt(1 << 30));
            fields.put("drops", i == 0 ? List.of(400, 3000) : List.of(1, 40 << random.nextInt(5)));
            followers.tell("client", fields);
            List<Expected> all = new ArrayList<>();
            all.add(new Expected(expected.size(), "mark", "true", List.of()));
            live(followers, client, all.get(0), "{}", Map.of());
            if (i == 0) {
                for (String collection : List.of("account", "vault", "journal", "item", "part")) {
                    all.add(new Expected(expected.size() + all.size(), collection, "true", List.of()));
                    live(followers, client, all.get(all.size() - 1), "{}", Map.of());
                }
            } else {
                boolean sum = random.nextBoolean();
                for (String collection : sum ? List.of("account", "vault") : List.<String>of()) {
                    all.add(new Expected(expected.size() + all.size(), collection, "true", List.of()));
                    live(followers, client, all.get(all.size() - 1), "{}", Map.of());
                }
                if (sum) {
                    followers.tell("sum", Map.of("client", client, "sum", BankSchema.SUM));
                }
                filtered(followers, client, "part", expected.size() + all.size(), all, random);
                for (int items = 1 + random.nextInt(3); items > 0; items--) {
                    filtered(followers, client, "item", expected.size() + all.size(), all, random);
                }
            }
            expected.addAll(all);
        }
        followers.tell("sum", Map.of("client", by + " 0", "sum", BankSchema.SUM));
        return expected;
    }

    private static void filtered(
            JsFollowers followers, String client, String collection, int live, List<Expected> all, Random random) {
        boolean isItem = collection.equals("item");
        RandomFilter filter = RandomFilter.next(random, isItem ? BankSchema.ITEM_COLUMNS : BankSchema.PART_COLUMNS);
        List<String> columns = isItem && random.nextInt(3) == 0 ? List.of("state", "rank", "large") : List.of();
        Map<String, Object> options = new LinkedHashMap<>();
        if (!columns.isEmpty()) {
            options.put("columns", columns);
        }
        if (isItem && random.nextInt(4) == 0) {
            options.put("conflate", true);
        }
        if (isItem && random.nextInt(4) == 0) {
            options.put("batch", Map.of("max", 1 + random.nextInt(50), "delay_ms", 50));
        }
        Expected expected = new Expected(live, collection, filter.sql(), columns);
        all.add(expected);
        live(followers, client, expected, filter.json(), options);
    }

    private static void live(
            JsFollowers followers, String client, Expected live, String filter, Map<String, Object> options) {
        followers.tell(
                "live",
                Map.of(
                        "client",
                        client,
                        "live",
                        live.live,
                        "collection",
                        live.collection,
                        "filter",
                        FollowingClient.JSON.readTree(filter),
                        "options",
                        options));
    }

    private static List<String> key(String collection) {
        return switch (collection) {
            case "journal" -> List.of("writer", "seq");
            case "part" -> List.of("grp", "id");
            default -> List.of("id");
        };
    }
}
