package dev.changecast.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.e2e.TestPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code changecast explain} with a whole configuration and a real database. */
class ExplainIT {
    private static final String CONFIGURATION = """
            auth: { jwt: { secret: not-to-be-shown-0123456789-0123456789 } }
            limits: { filter_values: 3 }
            history: { directory: none }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, password: topsecret }
            routes:
              - { from: "pg/public.*", rows: { tenant: { $in: "{claims.tenants}" } }, hide: [margin] }
              - from: pg/public.orders
                collection: my_orders
                read: { roles: [clerk] }
                push: [{ to: "user:{row.owner}", when: { id: { $gt: 5 } }, priority: high }]
              - { from: pg/public.notes, read: everyone }
            """;

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute(
                "CREATE TABLE orders (id int PRIMARY KEY, tenant int, owner text, margin int)",
                "ALTER TABLE orders REPLICA IDENTITY FULL",
                "CREATE TABLE notes (id int PRIMARY KEY, tenant int, text text)",
                "CREATE TABLE others (id int PRIMARY KEY)",
                "CREATE PUBLICATION changecast FOR TABLE orders, notes, others");
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    private int explain(String configuration, String... arguments) throws IOException {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        Path file = Files.writeString(directory.resolve("changecast.yaml"), configuration);
        List<String> all = new ArrayList<>(List.of("explain", "--config", file.toString()));
        all.addAll(List.of(arguments));
        int exit = ChangecastCommand.run(
                new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false, false),
                all.toArray(String[]::new));
        assertThat(out.toString() + err).doesNotContain("topsecret").doesNotContain("not-to-be-shown");
        return exit;
    }

    private static String configuration() {
        return CONFIGURATION.formatted(postgres.url());
    }

    @Test
    void itTellsTheEffectiveRuleInWordsAndAsJson() throws IOException {
        int exit = explain(
                configuration(),
                "--user",
                "42",
                "--roles",
                "clerk,guest",
                "--claim",
                "tenants=[7,08]",
                "--collection",
                "my_orders");
        assertThat(exit).as(err.toString()).isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines)
                .contains(
                        "'my_orders' is pg/public.orders, for user 42 with the roles [clerk, guest]:",
                        "  rows where \"tenant\" in [\"7\",\"8\"]",
                        "  columns id, tenant, owner; not margin",
                        "  changes pushed to user:{row.owner} with high priority of rows where \"id\">\"5\"",
                        "  routes pg/public.orders, pg/public.*");
        JsonNode json = new JsonMapper().readTree(lines.get(lines.size() - 2));
        assertThat(json.path("allowed").asBoolean()).isTrue();
        assertThat(json.path("rows").toString()).isEqualTo("{\"tenant\":{\"$in\":[\"7\",\"8\"]}}");
        assertThat(json.path("notes").size()).isZero();
    }

    @Test
    void withoutACollectionItTellsOfAllTablesALineEachForPrograms() throws IOException {
        assertThat(explain(configuration(), "--json", "--claim", "tenants=[1,2,3,4]"))
                .isZero();
        Map<String, JsonNode> byName = new HashMap<>();
        out.toString().lines().forEach(line -> {
            JsonNode json = new JsonMapper().readTree(line);
            byName.put(json.path("collection").asString(), json);
        });
        assertThat(byName).containsOnlyKeys("my_orders", "notes", "others");
        assertThat(byName.get("my_orders").path("why").asString()).contains("to role clerk alone");
        assertThat(byName.get("others").path("why").asString()).contains("no route says who may read pg/public.others");
        // More values than a rule takes are none, which needs no old rows.
        JsonNode notes = byName.get("notes");
        assertThat(notes.path("allowed").asBoolean()).as(notes.toString()).isTrue();
        assertThat(notes.path("rows").toString()).isEqualTo("{\"$or\":[]}");
        assertThat(notes.path("notes").get(0).asString())
                .isEqualTo("{claims.tenants} is a list of 4 values, of which a rule takes 3");
    }

    @Test
    void whatADatabaseCannotTellIsToldWithTheStatementThatHelps() throws IOException {
        assertThat(explain(configuration(), "--claim", "tenants=[1]", "--collection", "notes"))
                .isZero();
        assertThat(out.toString()).contains("may not read it").contains("REPLICA IDENTITY FULL");
    }

    @Test
    void aUserWhomNobodyKnowsHasNoRowsAndIsNoError() throws IOException {
        assertThat(explain(configuration(), "--user", "nobody at all", "--collection", "notes"))
                .isZero();
        assertThat(out.toString())
                .contains("for user nobody at all without roles")
                .contains("  no row\n    {claims.tenants} is not there\n");
    }

    @Test
    void aCollectionThatIsNotThereIsAFailureThatNamesThoseThatAre() throws IOException {
        // By the name for clients, not the table's.
        assertThat(explain(configuration(), "--collection", "orders")).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString()).isEmpty();
        assertThat(err)
                .hasToString("changecast: there is no collection 'orders'; there are: my_orders, notes, others\n");
    }

    @Test
    void wrongUsageAWrongConfigurationAndADatabaseThatIsAwayHaveExitCodesOfTheirOwn() throws IOException {
        assertThat(explain(configuration(), "--claim", "tenants")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--claim");
        assertThat(explain(configuration().replace("{claims.tenants}", "{claim.tenants}")))
                .isEqualTo(ExitCode.CONFIGURATION);
        assertThat(err.toString()).contains("routes[0].rows").contains("{claims.name}");
        assertThat(explain(CONFIGURATION.formatted("jdbc:postgresql://127.0.0.1:1/none")))
                .isEqualTo(ExitCode.NOT_READY);
        assertThat(err.toString()).contains("the source 'pg' does not tell its tables");
        assertThat(explain(configuration().replace("type: postgres", "type: postgres, publication: not_made_yet")))
                .isEqualTo(ExitCode.NOT_READY);
        assertThat(err.toString()).contains("the sources tell of no tables").contains("'changecast serve'");
    }
}
