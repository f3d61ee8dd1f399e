package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.auth.jwt.TokenSigner;
import dev.changecast.server.e2e.AccessOracle.Filter;
import dev.changecast.server.e2e.AccessOracle.Person;
import dev.changecast.server.e2e.AccessOracle.Table;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.Message;
import dev.changecast.testing.PollClient;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who gets what from the real database by long polling, with tokens, under routes at random: snapshots, live changes,
 * truncates, changes of keys, resumes and pushes must be exactly those that a second opinion says.
 */
@Timeout(180)
@ExtendWith(ServerLogs.class)
class AccessMatrixIT {
    private static final String SECRET = "s-0123456789-0123456789-0123456789";
    private static final int TRANSACTIONS = 60;
    private static final int IDS = 16;

    private static final String CONFIGURATION = """
            server: { port: %d }
            auth: { jwt: { secret: "%s" } }
            limits: { heartbeat: 2s, connections_per_user: 1000, connections_per_address: 1000 }
            history: { directory: none }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, heartbeat: 500ms, slot: "%s", publication: "%s" }
            """;

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    /** One subscription of somebody, and what it has to get. */
    private static final class Wanted {
        final String id;
        final Table table;
        final Filter filter;
        final @Nullable List<String> columns;
        final List<String> expected = new ArrayList<>();

        @Nullable
        String channel;

        Wanted(String id, Table table, Filter filter, @Nullable List<String> columns) {
            this.id = id;
            this.table = table;
            this.filter = filter;
            this.columns = columns;
        }

        String subscribe(String more) {
            String chosen = columns == null ? "" : ",\"columns\":[\"" + String.join("\",\"", columns) + "\"]";
            return "{\"type\":\"subscribe\",\"id\":\"" + id + "\",\"collection\":\"" + table.name + "\",\"filter\":"
                    + filter.json() + chosen + more + "}";
        }

        @Override
        public String toString() {
            return table.name + " " + filter.json() + " " + columns;
        }
    }

    /** Somebody, over all sessions. */
    private static final class Reader {
        final Person who;
        final List<Wanted> wanted = new ArrayList<>();
        final List<String> pushes = new ArrayList<>();
        final List<Message> kept = new ArrayList<>();
        PollClient client;

        Reader(Person who) {
            this.who = who;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void nobodyGetsMoreOrLessThanTheRoutesGive(long seed) {
        run(seed, yaml -> yaml);
    }

    /** The test itself is tested: rules that are left out are noticed. */
    @Test
    void rulesThatAreLeftOutAreNoticed() {
        assertThatThrownBy(() -> {
                    for (long seed = 1; seed <= 3; seed++) {
                        run(
                                seed,
                                yaml -> yaml.lines()
                                        .filter(line -> !line.strip().startsWith("rows:"))
                                        .collect(Collectors.joining("\n")));
                    }
                })
                .isInstanceOf(AssertionError.class);
    }

    private void run(long seed, UnaryOperator<String> change) {
        Random random = new Random(seed);
        AccessOracle oracle = new AccessOracle(random);
        for (Table table : oracle.tables) {
            postgres.execute(
                    "DROP TABLE IF EXISTS " + table.name,
                    "CREATE TABLE " + table.name
                            + " (id int PRIMARY KEY, tenant int, owner text, level int, secret text)",
                    "ALTER TABLE " + table.name + " REPLICA IDENTITY " + (table.full ? "FULL" : "DEFAULT"));
        }
        for (int i = 0; i < 8; i++) {
            commit(oracle, List.of(), random);
        }
        int port = FreePort.get();
        String name = "access_" + System.nanoTime();
        String yaml = CONFIGURATION.formatted(port, SECRET, postgres.url(), name, name) + change.apply(oracle.yaml());
        try (ServerProcess server = ServerProcess.startWith(directory.resolve(name), port, yaml)) {
            server.awaitReady();
            URI poll = URI.create("http://127.0.0.1:" + port + "/poll");
            List<Reader> readers = AccessOracle.PEOPLE.stream().map(Reader::new).toList();
            readers.forEach(reader -> begin(poll, oracle, reader, random));
            for (int i = 0; i < TRANSACTIONS; i++) {
                commit(oracle, readers, random);
                if (random.nextInt(6) == 0) {
                    comeBack(poll, readers.get(random.nextInt(readers.size())));
                }
            }
            readers.forEach(reader -> check(reader, oracle));
            readers.forEach(reader -> reader.client.drop());
        } finally {
            // What was kept for this server would be kept for ever.
            Eventually.await(
                    "the slot to be free",
                    () -> postgres.query(
                                    "SELECT 1 FROM pg_replication_slots WHERE active AND slot_name = '" + name + "'")
                            .isEmpty());
            postgres.execute(
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '" + name
                            + "'",
                    "DROP PUBLICATION IF EXISTS " + name);
        }
    }

    // ---- The readers

    private static Map<String, String> bearer(Person who) {
        TokenSigner.Token token = TokenSigner.secret(SECRET)
                .token()
                .claim("sub", who.user())
                .claim("roles", List.copyOf(who.roles()))
                .claim("tenants", who.tenants())
                .expiresAt(Instant.now().plusSeconds(600));
        if (who.tenant() != null) {
            token.claim("tenant", who.tenant());
        }
        return Map.of("Authorization", "Bearer " + token.sign());
    }

    private void begin(URI poll, AccessOracle oracle, Reader reader, Random random) {
        List<Wanted> asked = new ArrayList<>();
        for (Table table : oracle.tables) {
            for (Filter filter : AccessOracle.FILTERS) {
                asked.add(new Wanted("s" + asked.size(), table, filter, null));
                asked.add(new Wanted(
                        "s" + asked.size(),
                        table,
                        filter,
                        AccessOracle.CHOICES.get(random.nextInt(AccessOracle.CHOICES.size()))));
            }
        }
        reader.client = PollClient.connect(
                poll,
                bearer(reader.who),
                asked.stream().map(each -> each.subscribe("")).toArray(String[]::new));
        awaitPlaced(reader);
        for (Wanted each : asked) {
            Message answer = answer(reader, each);
            assertThat(answer.is("error") ? answer.number("code") : 0)
                    .as("%s asks for %s: %s", reader.who, each, answer)
                    .isEqualTo(each.table.refusal(reader.who, each.filter, each.columns));
            if (!answer.is("error")) {
                each.channel = answer.text("channel");
                reader.wanted.add(each);
            }
        }
        awaitReady(reader);
        Map<String, List<String>> rows = new HashMap<>();
        reader.client
                .received()
                .all("snapshot")
                .forEach(page -> page.list("rows")
                        .forEach(row -> rows.computeIfAbsent(page.text("channel"), any -> new ArrayList<>())
                                .add(new TreeMap<>((Map<?, ?>) row).toString())));
        for (Wanted each : reader.wanted) {
            List<String> expected = new ArrayList<>();
            for (Map<String, Object> row : each.table.rows.values()) {
                String seen = each.table.seen(reader.who, each.filter, each.columns, row);
                if (seen != null) {
                    expected.add(seen);
                }
            }
            assertThat(rows.getOrDefault(each.channel, List.of()))
                    .as("rows of %s for %s", each, reader.who)
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    /** Waits until it is known where the inbox begins: what is committed from now on is pushed. */
    private static void awaitPlaced(Reader reader) {
        Eventually.await(
                "a place", () -> reader.client.received().all().stream().anyMatch(message -> offset(message) != null));
    }

    private static Message answer(Reader reader, Wanted wanted) {
        List<Message> found = new ArrayList<>();
        Eventually.await("an answer to " + wanted, () -> {
            reader.client.received().all().stream()
                    .filter(message -> wanted.id.equals(message.text("id")))
                    .forEach(found::add);
            return !found.isEmpty();
        });
        // One that was confirmed may still be refused when its snapshot fails, which none here does.
        return found.get(0);
    }

    private static void awaitReady(Reader reader) {
        for (Wanted each : reader.wanted) {
            Eventually.await(
                    each + " to be ready for " + reader.who,
                    () -> reader.client.received().all("ready").stream()
                            .anyMatch(ready -> each.channel.equals(ready.text("channel"))));
        }
    }

    /** The session is left, and another goes on where the last whole transaction ended. */
    private static void comeBack(URI poll, Reader reader) {
        reader.client.drop();
        List<Message> all = reader.client.received().all();
        int end = all.size();
        while (offset(all.get(end - 1)) == null) {
            end--;
        }
        String since = "{\"pg\":\"" + offset(all.get(end - 1)) + "\"}";
        reader.kept.addAll(all.subList(0, end));
        URI resumed = URI.create(poll + "?since=" + URLEncoder.encode(since, StandardCharsets.UTF_8));
        reader.client = PollClient.connect(
                resumed,
                bearer(reader.who),
                reader.wanted.stream()
                        .map(each -> each.subscribe(",\"since\":" + since + ",\"channel\":\"" + each.channel + "\""))
                        .toArray(String[]::new));
        awaitPlaced(reader);
        awaitReady(reader);
        assertThat(reader.client.received().all("reset")).isEmpty();
        assertThat(reader.client.received().all("snapshot")).isEmpty();
    }

    private static @Nullable String offset(Message message) {
        if (message.is("commit") || "true".equals(message.text("commit"))) {
            return message.text("offset");
        }
        return message.is("ready") || message.is("heartbeat")
                ? message.text("offsets.pg")
                : message.is("welcome") ? message.text("sources.pg.offset") : null;
    }

    // ---- What happens

    private void commit(AccessOracle oracle, List<Reader> readers, Random random) {
        List<String> sql = new ArrayList<>(List.of("BEGIN"));
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            Table table = oracle.tables.get(random.nextInt(2));
            if (random.nextInt(30) == 0) {
                sql.add("TRUNCATE " + table.name);
                table.rows.clear();
                tell(readers, table, null, null);
                continue;
            }
            int id = random.nextInt(IDS);
            Map<String, Object> before = table.rows.remove(id);
            Map<String, Object> after = null;
            if (before == null) {
                after = row(random, id);
                sql.add("INSERT INTO " + table.name + " VALUES (" + values(after) + ")");
            } else if (random.nextInt(4) == 0) {
                sql.add("DELETE FROM " + table.name + " WHERE id = " + id);
            } else {
                int other = random.nextInt(IDS);
                boolean moves = random.nextInt(3) == 0 && !table.rows.containsKey(other);
                after = new LinkedHashMap<>(before);
                String column = AccessOracle.COLUMNS.get(1 + random.nextInt(4));
                after.put(column, row(random, id).get(column));
                after.put("id", moves ? other : id);
                sql.add("UPDATE " + table.name + " SET (" + String.join(", ", AccessOracle.COLUMNS) + ") = ("
                        + values(after) + ") WHERE id = " + id);
            }
            if (after != null) {
                table.rows.put((int) after.get("id"), after);
            }
            tell(readers, table, before, after);
        }
        sql.add("COMMIT");
        postgres.execute(sql.toArray(String[]::new));
    }

    private static Map<String, Object> row(Random random, int id) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", id);
        row.put("tenant", random.nextInt(6) == 0 ? null : random.nextInt(3));
        row.put("owner", List.of("ann", "bob", "cat", "x").get(random.nextInt(4)));
        row.put("level", random.nextInt(6) == 0 ? null : random.nextInt(3));
        row.put("secret", random.nextInt(6) == 0 ? null : "s" + random.nextInt(3));
        return row;
    }

    private static String values(Map<String, Object> row) {
        return row.values().stream()
                .map(value -> value instanceof String ? "'" + value + "'" : String.valueOf(value))
                .collect(Collectors.joining(", "));
    }

    private static void tell(
            List<Reader> readers,
            Table table,
            @Nullable Map<String, Object> before,
            @Nullable Map<String, Object> after) {
        for (Reader reader : readers) {
            for (Wanted each : reader.wanted) {
                if (each.table == table) {
                    each.expected.addAll(table.told(reader.who, each.filter, each.columns, before, after));
                }
            }
            String pushed = table.pushed(reader.who, before, after);
            if (pushed != null) {
                reader.pushes.add(pushed);
            }
        }
    }

    // ---- What came

    private static void check(Reader reader, AccessOracle oracle) {
        Map<String, Wanted> byChannel = new HashMap<>();
        reader.wanted.forEach(each -> byChannel.put(each.channel, each));
        long all = byChannel.values().stream()
                        .mapToLong(each -> each.expected.size())
                        .sum()
                + reader.pushes.size();
        List<Message> messages = new ArrayList<>();
        try {
            Eventually.await(all + " changes for " + reader.who, () -> {
                messages.clear();
                messages.addAll(reader.kept);
                messages.addAll(reader.client.received().all());
                return messages.stream().filter(Message::isChange).count() >= all;
            });
        } catch (AssertionError e) {
            // What is missing is told better by the comparison, unless the client itself has failed, which this tells.
            assertThat(reader.client.received().all()).hasSizeLessThanOrEqualTo(messages.size());
            assertThat(reader.client.received().close())
                    .as("how the session of %s ended", reader.who)
                    .isNull();
        }
        Map<String, List<String>> changes = new HashMap<>();
        List<String> pushes = new ArrayList<>();
        for (Message message : messages) {
            if (!message.isChange()) {
                continue;
            }
            String channel = message.text("channel");
            Object data = message.get("data");
            String told = message.text("action") + " " + (data == null ? null : new TreeMap<>((Map<?, ?>) data));
            if (byChannel.containsKey(channel)) {
                changes.computeIfAbsent(channel, any -> new ArrayList<>()).add(told);
            } else {
                String priority = message.has("priority") ? " " + message.text("priority") + " " : " ";
                pushes.add(channel + priority + told);
            }
        }
        for (Wanted each : reader.wanted) {
            assertThat(changes.getOrDefault(each.channel, List.of()))
                    .as("changes of %s for %s under\n%s", each, reader.who, oracle.yaml())
                    .isEqualTo(each.expected);
        }
        assertThat(pushes)
                .as("pushed to %s under\n%s", reader.who, oracle.yaml())
                .isEqualTo(reader.pushes);
        Set<String> hidden = oracle.tables.stream()
                .filter(table -> table.hides("secret"))
                .map(table -> "\"collection\":\"" + table.name + "\"")
                .collect(Collectors.toSet());
        assertThat(messages)
                .as("nowhere is a word of what is hidden")
                .noneMatch(message -> hidden.stream().anyMatch(message.json()::contains)
                        && message.json().contains("secret"));
    }
}
