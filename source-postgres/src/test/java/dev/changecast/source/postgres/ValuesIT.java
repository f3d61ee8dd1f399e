package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.ValueType;
import dev.changecast.testing.RecordingSink;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every type, as it stands on the wire. */
class ValuesIT {
    /** SQL type, literal, JSON, shown type, meaning. */
    record Sample(String type, String literal, String json, String shown, ValueType valueType) {}

    static final List<String> TYPES = List.of(
            "CREATE EXTENSION IF NOT EXISTS hstore",
            "CREATE EXTENSION IF NOT EXISTS citext",
            "CREATE EXTENSION IF NOT EXISTS ltree",
            "CREATE TYPE mood AS ENUM ('so so', 'gut')",
            "CREATE TYPE pair AS (a int, b text)",
            "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
            "CREATE DOMAIN more_positive AS positive CHECK (VALUE > 1)",
            "CREATE DOMAIN words AS text[]",
            "CREATE DOMAIN day_of AS date");

    static final List<Sample> SAMPLES = List.of(
            sample("bool", "true", "true", ValueType.BOOLEAN),
            sample("int2", "-32768", "-32768", ValueType.INTEGER),
            sample("int4", "7", "7", ValueType.INTEGER),
            sample("int8", "9007199254740993", "9007199254740993", ValueType.INTEGER),
            sample("float4", "'1.5'", "1.5", ValueType.FLOAT),
            sample("float8", "'1e300'", "1e+300", ValueType.FLOAT),
            sample("float8", "0.1", "0.1", ValueType.FLOAT),
            sample("float8", "'NaN'", "\"NaN\"", ValueType.FLOAT),
            sample("float8", "'-Infinity'", "\"-Infinity\"", ValueType.FLOAT),
            sample("numeric", "12345678901234567890.1230", "\"12345678901234567890.1230\"", ValueType.DECIMAL),
            sample("numeric", "'NaN'", "\"NaN\"", ValueType.DECIMAL),
            sample("text", "E'a\"b\\\\c\\n\\t€'", "\"a\\\"b\\\\c\\u000a\\u0009€\"", ValueType.TEXT),
            sample("varchar", "''", "\"\"", ValueType.TEXT),
            new Sample("char(4)", "'ab'", "\"ab  \"", "bpchar", ValueType.TEXT),
            new Sample("\"char\"", "'x'", "\"x\"", "char", ValueType.TEXT),
            sample("name", "'n'", "\"n\"", ValueType.TEXT),
            sample("citext", "'AbC'", "\"AbC\"", ValueType.TEXT),
            sample(
                    "uuid",
                    "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
                    "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"",
                    ValueType.UUID),
            sample("date", "'2026-01-02'", "\"2026-01-02\"", ValueType.DATE),
            sample("date", "'infinity'", "\"infinity\"", ValueType.DATE),
            sample("date", "'0044-03-15 BC'", "\"-0043-03-15\"", ValueType.DATE),
            sample("date", "'0001-03-15 BC'", "\"0000-03-15\"", ValueType.DATE),
            sample("date", "'12026-03-15'", "\"+12026-03-15\"", ValueType.DATE),
            sample("time", "'03:04:05.678'", "\"03:04:05.678\"", ValueType.TIME),
            sample("timetz", "'03:04:05+02'", "\"03:04:05+02\"", ValueType.OTHER),
            sample("timestamp", "'2026-01-02 03:04:05.678'", "\"2026-01-02T03:04:05.678\"", ValueType.TIMESTAMP),
            sample("timestamp", "'-infinity'", "\"-infinity\"", ValueType.TIMESTAMP),
            sample("timestamp", "'12026-01-02 03:04:05'", "\"+12026-01-02T03:04:05\"", ValueType.TIMESTAMP),
            sample(
                    "timestamptz",
                    "'2026-01-02 03:04:05.678901+05:30'",
                    "\"2026-01-01T21:34:05.678901Z\"",
                    ValueType.TIMESTAMP_TZ),
            sample("timestamptz", "'infinity'", "\"infinity\"", ValueType.TIMESTAMP_TZ),
            sample("timestamptz", "'0044-03-15 12:00:00+00 BC'", "\"-0043-03-15T12:00:00Z\"", ValueType.TIMESTAMP_TZ),
            sample("interval", "'1 year 2 mons 3 days 04:05:06.7'", "\"P1Y2M3DT4H5M6.7S\"", ValueType.OTHER),
            sample("bytea", "'\\xdeadbeef00'", "\"3q2+7wA=\"", ValueType.BINARY),
            sample("bytea", "''", "\"\"", ValueType.BINARY),
            sample("json", "'{\"b\": 1,  \"a\": [null]}'", "{\"b\": 1,  \"a\": [null]}", ValueType.JSON),
            sample("jsonb", "'{\"b\":1,\"a\":\"x\"}'", "{\"a\": \"x\", \"b\": 1}", ValueType.JSON),
            sample("jsonb", "'null'", "null", ValueType.JSON),
            sample("mood", "'so so'", "\"so so\"", ValueType.ENUM),
            sample("positive", "5", "5", ValueType.INTEGER),
            sample("more_positive", "5", "5", ValueType.INTEGER),
            sample("day_of", "'2026-01-02'", "\"2026-01-02\"", ValueType.DATE),
            sample("words", "'{a,NULL,\"b c\"}'", "[\"a\",null,\"b c\"]", ValueType.ARRAY),
            sample("pair", "ROW(1,'x y')", "\"(1,\\\"x y\\\")\"", ValueType.OTHER),
            sample("inet", "'10.0.0.1'", "\"10.0.0.1\"", ValueType.OTHER),
            sample("cidr", "'10.0.0.0/8'", "\"10.0.0.0/8\"", ValueType.OTHER),
            sample("macaddr", "'08:00:2b:01:02:03'", "\"08:00:2b:01:02:03\"", ValueType.OTHER),
            sample("money", "'12.34'", "\"$12.34\"", ValueType.OTHER),
            sample("xml", "'<a>&amp;</a>'", "\"<a>&amp;</a>\"", ValueType.OTHER),
            sample("tsvector", "'b a:2'", "\"'a':2 'b'\"", ValueType.OTHER),
            sample("bit(4)", "B'1010'", "\"1010\"", ValueType.OTHER),
            sample("varbit", "B'101'", "\"101\"", ValueType.OTHER),
            sample("point", "'(1,2)'", "\"(1,2)\"", ValueType.OTHER),
            sample("box", "'(3,4),(1,2)'", "\"(3,4),(1,2)\"", ValueType.OTHER),
            sample("hstore", "'a=>1'", "\"\\\"a\\\"=>\\\"1\\\"\"", ValueType.OTHER),
            sample("ltree", "'a.b'", "\"a.b\"", ValueType.OTHER),
            sample("oid", "42", "\"42\"", ValueType.OTHER),
            sample("pg_lsn", "'0/16B3748'", "\"0/16B3748\"", ValueType.OTHER),
            sample("int4range", "'[1,5)'", "\"[1,5)\"", ValueType.OTHER),
            sample("int4multirange", "'{[1,5),[7,8)}'", "\"{[1,5),[7,8)}\"", ValueType.OTHER),
            sample("tstzrange", "'[2026-01-01 00:00+00,)'", "\"[\\\"2026-01-01 00:00:00+00\\\",)\"", ValueType.OTHER),
            sample("int2vector", "'1 2'", "\"1 2\"", ValueType.OTHER),
            sample("int4[]", "'{}'", "[]", ValueType.ARRAY),
            sample("int4[]", "'{{1,2},{3,NULL}}'", "[[1,2],[3,null]]", ValueType.ARRAY),
            sample("int4[]", "'[0:1]={1,2}'", "[1,2]", ValueType.ARRAY),
            sample("int8[]", "'{9007199254740993}'", "[9007199254740993]", ValueType.ARRAY),
            sample("bool[]", "'{t,f,NULL}'", "[true,false,null]", ValueType.ARRAY),
            sample("float8[]", "'{1.5,NaN,Infinity}'", "[1.5,\"NaN\",\"Infinity\"]", ValueType.ARRAY),
            sample("numeric[]", "'{1.50}'", "[\"1.50\"]", ValueType.ARRAY),
            sample(
                    "text[]",
                    "ARRAY['a,b', 'say \"x\"', E'back\\\\slash', '', 'NULL', NULL, 'ü{}']",
                    "[\"a,b\",\"say \\\"x\\\"\",\"back\\\\slash\",\"\",\"NULL\",null,\"ü{}\"]",
                    ValueType.ARRAY),
            sample(
                    "jsonb[]",
                    "ARRAY['{\"a\": \"x, \\\"y\\\"\"}'::jsonb]",
                    "[{\"a\": \"x, \\\"y\\\"\"}]",
                    ValueType.ARRAY),
            sample("timestamptz[]", "'{2026-01-02 03:04:05+00}'", "[\"2026-01-02T03:04:05Z\"]", ValueType.ARRAY),
            sample("date[]", "'{2026-01-02,infinity}'", "[\"2026-01-02\",\"infinity\"]", ValueType.ARRAY),
            sample("bytea[]", "ARRAY['\\xdeadbeef00'::bytea]", "[\"3q2+7wA=\"]", ValueType.ARRAY),
            sample("uuid[]", "'{}'", "[]", ValueType.ARRAY),
            sample("mood[]", "'{gut,\"so so\"}'", "[\"gut\",\"so so\"]", ValueType.ARRAY),
            sample("positive[]", "'{1,2}'", "[1,2]", ValueType.ARRAY),
            sample("pair[]", "ARRAY[ROW(1,'x,y')::pair]", "[\"(1,\\\"x,y\\\")\"]", ValueType.ARRAY),
            sample("box[]", "'{(3,4),(1,2);(7,8),(5,6)}'", "[\"(3,4),(1,2)\",\"(7,8),(5,6)\"]", ValueType.ARRAY),
            sample("text", "NULL", "null", ValueType.TEXT));

    private static Sample sample(String type, String literal, String json, ValueType valueType) {
        String shown = type.replaceAll("\\(.*\\)", "").replaceAll("^(more_)?positive", "int4");
        shown = shown.equals("words") ? "text[]" : shown.equals("day_of") ? "date" : shown;
        return new Sample(type, literal, json, shown, valueType);
    }

    static String createTable(String name) {
        StringBuilder sql = new StringBuilder("CREATE TABLE " + name + " (id int PRIMARY KEY");
        for (int i = 0; i < SAMPLES.size(); i++) {
            sql.append(", c").append(i).append(' ').append(SAMPLES.get(i).type);
        }
        return sql + ")";
    }

    static String insert(String name) {
        StringBuilder sql = new StringBuilder("INSERT INTO " + name + " VALUES (1");
        SAMPLES.forEach(sample -> sql.append(", ").append(sample.literal));
        return sql + ")";
    }

    static String json() {
        StringBuilder json = new StringBuilder("{\"id\":1");
        for (int i = 0; i < SAMPLES.size(); i++) {
            json.append(",\"c").append(i).append("\":").append(SAMPLES.get(i).json);
        }
        return json + "}";
    }

    static List<Column> columns() {
        List<Column> columns = new ArrayList<>();
        columns.add(new Column("id", "int4", ValueType.INTEGER));
        for (int i = 0; i < SAMPLES.size(); i++) {
            columns.add(new Column("c" + i, SAMPLES.get(i).shown, SAMPLES.get(i).valueType));
        }
        return columns;
    }

    private final TestDatabase database = TestServer.shared().database();

    @Test
    void everyTypeHasItsFormOnTheWire() throws Exception {
        TYPES.forEach(database::execute);
        database.execute(createTable("everything"));
        // Whatever the role has set must not show.
        database.execute(
                "ALTER DATABASE " + database.name() + " SET DateStyle = 'German'",
                "ALTER DATABASE " + database.name() + " SET IntervalStyle = 'postgres_verbose'",
                "ALTER DATABASE " + database.name() + " SET TimeZone = 'Asia/Kolkata'",
                "ALTER DATABASE " + database.name() + " SET bytea_output = 'escape'");
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute("SET DateStyle = 'ISO, YMD'; " + insert("everything"));
            running.sink.awaitKind("commit");
            RecordingSink.Event change = running.sink.changes().get(0);
            assertThat(change.after()).isEqualTo(json());
            assertThat(change.relation().columns().stream()
                            .map(column -> new Column(column.name(), column.type(), column.valueType())))
                    .containsExactlyElementsOf(columns());
            assertThat(running.source.relations()).containsExactly(change.relation());
        }
    }

    @Test
    void bigintMayBeTextForClientsThatHoldIntegersInDoubles() {
        database.execute("CREATE TABLE t (id int8 PRIMARY KEY, n int4, a int8[])");
        try (RunningSource running = RunningSource.start(database.source().bigintAsText(true))) {
            database.execute("INSERT INTO t VALUES (9007199254740993, 1, '{9007199254740993}')");
            running.sink.awaitKind("commit");
            assertThat(running.sink.changes().get(0).after())
                    .isEqualTo("{\"id\":\"9007199254740993\",\"n\":1,\"a\":[\"9007199254740993\"]}");
        }
    }

    @Test
    void unchangedToastIsAbsentWithAKeyAndFilledWithTheFullOldRow() {
        database.execute(
                "CREATE TABLE t (id int PRIMARY KEY, n int, big text)",
                "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
                "INSERT INTO t VALUES (1, 1, repeat('x', 5000))");
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute(
                    "UPDATE t SET n = 2",
                    "UPDATE t SET big = NULL WHERE false",
                    "ALTER TABLE t REPLICA IDENTITY FULL",
                    "UPDATE t SET n = 3",
                    "UPDATE t SET big = NULL");
            running.sink.await(event -> event.toString().startsWith("update public.t {\"id\":1,\"n\":3,\"big\":null"));
            String big = "\"" + "x".repeat(5000) + "\"";
            assertThat(running.sink.changes().stream().map(Object::toString))
                    .containsExactly(
                            "update public.t {\"id\":1,\"n\":2}",
                            "update public.t {\"id\":1,\"n\":3,\"big\":" + big + "} was {\"id\":1,\"n\":2,\"big\":"
                                    + big + "}",
                            "update public.t {\"id\":1,\"n\":3,\"big\":null} was {\"id\":1,\"n\":3,\"big\":" + big
                                    + "}");
            assertThat(running.sink.changes().stream()
                            .map(event -> event.relation().oldRow()))
                    .containsExactly(OldRow.KEY, OldRow.FULL, OldRow.FULL);
        }
    }

    @Test
    void aTypeThatIsGoneIsToldAsText() {
        database.execute("CREATE TYPE mood AS ENUM ('gut')", "CREATE TABLE t (id int PRIMARY KEY, m mood)");
        RunningSource first = RunningSource.start(database.source());
        first.close();
        database.execute(
                "INSERT INTO t VALUES (1, 'gut')", "ALTER TABLE t ALTER m TYPE text USING m::text", "DROP TYPE mood");
        try (RunningSource running = RunningSource.start(database.source(), first.end())) {
            running.sink.awaitKind("commit");
            assertThat(running.sink.changes().get(0).after()).isEqualTo("{\"id\":1,\"m\":\"gut\"}");
            assertThat(running.sink.changes().get(0).relation().columns().get(1).type())
                    .startsWith("oid ");
        }
    }
}
