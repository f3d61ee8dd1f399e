package dev.changecast.server.e2e;

import java.util.List;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The tables that the {@link Writer}s write to, and what their rows look like on the wire, said by the database itself. */
final class SpineSchema {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    static final String ITEMS = """
            SELECT json_build_object('id', id, 'name', name, 'amount', amount::text, 'large', large, 'document', document,
              'tags', to_json(tags), 'note', note, 'flag', flag,
              'at', rtrim(rtrim(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.') || 'Z',
              'raw', translate(encode(raw, 'base64'), E'\\n', ''),
              'ratio', CASE WHEN ratio = 'NaN' THEN to_json('NaN'::text) ELSE to_json(ratio) END, 'token', token::text)
            FROM sales.items""";

    static final String PLACES = """
            SELECT json_build_object('Haus', "Haus", 'Nummer', "Nummer", 'Status', "Status", 'note', note, 'Groß', "Groß")
            FROM "Büro"."Plätze\"""";

    static final String ACCOUNTS = "SELECT json_build_object('id', id, 'balance', balance) FROM accounts";

    static final String YAML = """
            history: { directory: history }
            limits: { heartbeat: 5s }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, tables: [public.*, sales.*, "Büro.*"], heartbeat: 500ms }
            routes:
              - { from: pg/sales.items, read: everyone }
              - { from: pg/Büro.Plätze, collection: places, read: everyone, old: true }
              - { from: pg/public.*, read: everyone }
            """;

    private SpineSchema() {}

    static void create(TestPostgres postgres) {
        postgres.execute(
                "CREATE SCHEMA sales",
                "CREATE SCHEMA \"Büro\"",
                """
                CREATE TABLE sales.items (id int PRIMARY KEY, name text, amount numeric(12,2), large text, document jsonb,
                  tags text[], note text, flag bool, at timestamptz, raw bytea, ratio float8, token uuid)""",
                """
                CREATE TABLE "Büro"."Plätze" ("Haus" int, "Nummer" int, "Status" text, note text, "Groß" text,
                  PRIMARY KEY ("Haus", "Nummer"))""",
                "ALTER TABLE \"Büro\".\"Plätze\" REPLICA IDENTITY FULL",
                // Large values stay large, so that the stream leaves them out when they do not change.
                "ALTER TABLE sales.items ALTER COLUMN large SET STORAGE EXTERNAL",
                "ALTER TABLE \"Büro\".\"Plätze\" ALTER COLUMN \"Groß\" SET STORAGE EXTERNAL",
                "CREATE TABLE accounts (id int PRIMARY KEY, balance int)",
                "CREATE TABLE counter (id int PRIMARY KEY, n int)",
                "INSERT INTO counter VALUES (1, 0)",
                "CREATE TABLE ordered (n int PRIMARY KEY, writer int)",
                "CREATE TABLE marks (id int PRIMARY KEY)");
    }

    /** The rows that a query, which makes one JSON object of each, finds now. */
    static List<JsonNode> rows(TestPostgres postgres, String query) {
        return postgres.query(query).stream().map(JSON::readTree).toList();
    }
}
