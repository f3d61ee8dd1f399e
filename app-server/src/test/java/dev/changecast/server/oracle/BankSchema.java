package dev.changecast.server.oracle;

import dev.changecast.server.e2e.TestPostgres;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tables that writers write to. {@code account} and {@code vault} hold one constant sum together; {@code journal} has
 * one row for each transaction of each writer, numbered; {@code item} has full identity, for filters on anything; {@code
 * part} has not, and holds values that the stream leaves out when they do not change.
 */
final class BankSchema {
    static final int ACCOUNTS = 10;
    static final int BALANCE = 100;
    static final int SUM = 2 * ACCOUNTS * BALANCE;
    static final int ITEMS = 80;

    private static final String AT =
            "rtrim(rtrim(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '0'), '.') || 'Z'";

    /** Each collection, and what the database itself says a row of it is on the wire. */
    private static final Map<String, Map<String, String>> WIRE = Map.of(
            "account", Map.of("id", "id", "balance", "balance"),
            "vault", Map.of("id", "id", "balance", "balance"),
            "journal", Map.of("writer", "writer", "seq", "seq"),
            "item",
                    Map.of(
                            "id",
                            "id",
                            "kind",
                            "kind",
                            "state",
                            "state",
                            "amount",
                            "amount::text",
                            "flag",
                            "flag",
                            "rank",
                            "rank",
                            "at",
                            AT,
                            "large",
                            "large"),
            "part", Map.of("grp", "grp", "id", "id", "note", "note", "large", "large"),
            "mark", Map.of("id", "id"));

    /** What random filters on {@code item} ask for. */
    static final List<FilterColumn> ITEM_COLUMNS = List.of(
            FilterColumn.ordered("id", numbers("int4", 0, 10, 20, 40, 60, 79)),
            FilterColumn.text("kind", texts("text", "a", "B", "\u00e4", "")),
            FilterColumn.equal("state", texts("text", "free", "held", "sold", "none")),
            FilterColumn.ordered("amount", numbers("numeric", 0, 5, 50, -5)),
            FilterColumn.ordered("flag", List.of(Operand.number("true", "bool"), Operand.number("false", "bool"))),
            FilterColumn.ordered("rank", numbers("int2", 0, 1, 2, 3)),
            FilterColumn.ordered("at", texts("timestamptz", "2026-01-02T03:04:05Z", "2026-01-02T03:04:20+00:00")));

    /** What random filters on {@code part} ask for: its key. */
    static final List<FilterColumn> PART_COLUMNS = List.of(
            FilterColumn.ordered("grp", numbers("int4", 0, 1, 2, 3)),
            FilterColumn.ordered("id", numbers("int4", 2, 5, 9, 12)));

    private BankSchema() {}

    private static List<Operand> numbers(String type, int... values) {
        List<Operand> operands = new ArrayList<>();
        for (int value : values) {
            operands.add(Operand.number(Integer.toString(value), type));
        }
        return operands;
    }

    private static List<Operand> texts(String type, String... values) {
        List<Operand> operands = new ArrayList<>();
        for (String value : values) {
            operands.add(Operand.text(value, type));
        }
        return operands;
    }

    static void create(TestPostgres postgres) {
        postgres.execute(
                "CREATE TYPE state AS ENUM ('free', 'held', 'sold')",
                "CREATE TABLE account (id int PRIMARY KEY, balance int)",
                "CREATE TABLE vault (id int PRIMARY KEY, balance int)",
                "CREATE TABLE journal (writer int, seq int, PRIMARY KEY (writer, seq))",
                "CREATE TABLE item (id int PRIMARY KEY, kind text, state state, amount numeric, flag bool, rank int2,"
                        + " at timestamptz, large text)",
                "ALTER TABLE item REPLICA IDENTITY FULL",
                "CREATE TABLE part (grp int, id int, note text, large text, PRIMARY KEY (grp, id))",
                // Large values stay large, so that the stream leaves them out when they do not change.
                "ALTER TABLE item ALTER COLUMN large SET STORAGE EXTERNAL",
                "ALTER TABLE part ALTER COLUMN large SET STORAGE EXTERNAL",
                "CREATE TABLE mark (id bigserial PRIMARY KEY)",
                "INSERT INTO account SELECT n, " + BALANCE + " FROM generate_series(1, " + ACCOUNTS + ") n",
                "INSERT INTO vault SELECT n, " + BALANCE + " FROM generate_series(1, " + ACCOUNTS + ") n");
    }

    /** The rows that a condition selects, as clients should have them, by key. */
    static Map<String, ObjectNode> rows(
            TestPostgres postgres, String collection, String condition, List<String> columns) {
        Map<String, String> wire = WIRE.get(collection);
        List<String> key = key(collection);
        List<String> fields = new ArrayList<>();
        wire.forEach((name, expression) -> {
            if (columns.isEmpty() || columns.contains(name) || key.contains(name)) {
                fields.add("'" + name + "', " + expression);
            }
        });
        Map<String, ObjectNode> rows = new TreeMap<>();
        String query = "SELECT json_build_object(" + String.join(", ", fields) + ") FROM " + collection + " WHERE "
                + condition;
        for (String json : postgres.query(query)) {
            ObjectNode row = (ObjectNode) FollowingClient.JSON.readTree(json);
            StringBuilder id = new StringBuilder();
            key.forEach(column -> id.append(row.get(column)).append('/'));
            rows.put(id.toString(), row);
        }
        return rows;
    }

    private static List<String> key(String collection) {
        return switch (collection) {
            case "journal" -> List.of("writer", "seq");
            case "part" -> List.of("grp", "id");
            default -> List.of("id");
        };
    }
}
