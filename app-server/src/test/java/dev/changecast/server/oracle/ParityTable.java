package dev.changecast.server.oracle;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** A table with a column of each type that filters support, and the values at the edges of each. */
final class ParityTable {
    static final String NAME = "parity";

    /** @param type as the table declares it; {@code values} what rows hold, {@code asked} how filters may ask for it */
    private record Kind(String type, FilterColumn asked, List<String> values) {
        /** Filters ask for these too, which no row can hold. */
        Kind asks(String... texts) {
            List<Operand> operands = new ArrayList<>(asked.operands());
            for (String text : texts) {
                operands.add(Operand.text(text, "text"));
            }
            return new Kind(type, FilterColumn.equal(asked.name(), operands), values);
        }
    }

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "a",
            "A",
            "b",
            "a ",
            " a",
            "\u00e4",
            "z",
            "a\u0308",
            "10",
            "9",
            "\ue000",
            "\ud83d\ude00",
            "it's",
            "\"q\" \\ %_",
            "line\nend\t",
            "null",
            "NULL",
            "Stra\u00dfe");

    private static final List<Kind> KINDS = kinds();

    static final List<FilterColumn> COLUMNS = columns();

    private ParityTable() {}

    static List<String> create() {
        List<String> sql = new ArrayList<>(List.of(
                "CREATE TYPE mood AS ENUM ('sad', 'ok', 'Happy', 'it''s')",
                "CREATE DOMAIN small_number AS int4 CHECK (value < 100000)",
                "CREATE DOMAIN price AS numeric(10,2)",
                "CREATE DOMAIN word AS varchar(20)",
                "CREATE DOMAIN code AS char(4)",
                "CREATE DOMAIN single AS float4",
                "CREATE DOMAIN moment AS timestamptz",
                "CREATE DOMAIN humour AS mood",
                "CREATE DOMAIN nested AS price"));
        StringBuilder table = new StringBuilder("CREATE TABLE " + NAME + " (id int PRIMARY KEY");
        for (Kind kind : KINDS) {
            table.append(", ").append(kind.asked.quotedName()).append(' ').append(kind.type);
        }
        sql.add(table.append(")").toString());
        sql.add("ALTER TABLE " + NAME + " REPLICA IDENTITY FULL");
        return sql;
    }

    static String insert(Random random, int id) {
        List<String> values = new ArrayList<>();
        values.add(Integer.toString(id));
        for (Kind kind : KINDS) {
            values.add(value(random, kind));
        }
        return "INSERT INTO " + NAME + " VALUES (" + String.join(", ", values) + ")";
    }

    /** Some columns of a row get other values, and now and then it gets another key. */
    static String update(Random random, int id, int otherId) {
        List<String> sets = new ArrayList<>();
        for (Kind kind : KINDS) {
            if (random.nextInt(3) == 0) {
                sets.add(kind.asked.quotedName() + " = " + value(random, kind));
            }
        }
        if (random.nextInt(10) == 0 || sets.isEmpty()) {
            sets.add("id = " + otherId);
        }
        return "UPDATE " + NAME + " SET " + String.join(", ", sets) + " WHERE id = " + id;
    }

    private static String value(Random random, Kind kind) {
        return random.nextInt(6) == 0 ? "NULL" : kind.values.get(random.nextInt(kind.values.size()));
    }

    private static List<FilterColumn> columns() {
        List<FilterColumn> columns = new ArrayList<>();
        List<Operand> ids = new ArrayList<>();
        for (int i = 0; i < 60; i += 7) {
            ids.add(Operand.number(Integer.toString(i), "int4"));
        }
        columns.add(FilterColumn.ordered("id", ids));
        KINDS.forEach(kind -> columns.add(kind.asked));
        return columns;
    }

    private static List<Kind> kinds() {
        List<Kind> kinds = new ArrayList<>();
        kinds.add(new Kind(
                "bool",
                FilterColumn.ordered("flag", List.of(Operand.number("true", "bool"), Operand.number("false", "bool"))),
                List.of("true", "false")));
        kinds.add(numbers("int2", "tiny", "int2", "0", "-1", "1", "32767", "-32768"));
        kinds.add(numbers("int4", "Zahl \u00e4", "int4", "0", "-1", "7", "2147483647", "-2147483648"));
        kinds.add(numbers(
                "int8", "big", "int8", "0", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808"));
        kinds.add(numbers("small_number", "domain_int", "int4", "0", "-5", "99999", "-2147483648"));
        kinds.add(floats("float4", "single", "float4", "0.1", "16777216", "1.17549435e-38", "3.4028235e+38", "1e-45"));
        kinds.add(floats("single", "domain_single", "float4", "0.1", "0.2", "-3.25"));
        kinds.add(
                floats("float8", "double", "float8", "0.1", "1e308", "5e-324", "123456789.123456789", "1e15", "1e16"));
        kinds.add(decimals("numeric", "amount"));
        kinds.add(numbers(
                "numeric(10,2)", "money", "numeric", "0", "1.50", "1.5", "-99999999.99", "1.505", "100", "1e2"));
        kinds.add(numbers("price", "domain_price", "numeric", "0", "1.50", "1.5", "-0.01", "1.505"));
        kinds.add(numbers("nested", "domain_of_domain", "numeric", "0", "1.50", "2", "1.505"));
        kinds.add(texts("text", "words", "text"));
        kinds.add(texts("text COLLATE \"und-x-icu\"", "sorted", "text"));
        kinds.add(texts("varchar(20)", "short", "text"));
        kinds.add(texts("word", "domain_word", "text"));
        kinds.add(padded("char(6)", "padded"));
        kinds.add(padded("code", "domain_code"));
        kinds.add(texts("name", "identifier", "name"));
        kinds.add(uuids());
        kinds.add(dates());
        kinds.add(times());
        kinds.add(equalTexts("timetz", "time_with_zone", "12:00:00+00", "12:00:00+02", "24:00:00-03:30"));
        kinds.add(timestamps("timestamp", "local", ""));
        kinds.add(timestamps("timestamptz", "instant", "Z"));
        kinds.add(timestamps("moment", "domain_instant", "Z"));
        kinds.add(binaries());
        kinds.add(enums("mood", "mood"));
        kinds.add(enums("humour", "domain_mood"));
        kinds.add(equalTexts("interval", "span", "P1D", "PT24H", "P1M-3DT1S"));
        kinds.add(equalTexts("inet", "address", "10.0.0.1", "10.0.0.1/8", "::1"));
        kinds.add(
                new Kind("jsonb", FilterColumn.nullOnly("document"), List.of("'{\"a\": [1, 2.50]}'", "'null'", "'3'")));
        kinds.add(new Kind("json", FilterColumn.nullOnly("written"), List.of("'{\"a\" :1 }'", "'\"x\"'")));
        kinds.add(
                new Kind("int4[]", FilterColumn.nullOnly("list"), List.of("'{}'", "'{1,NULL,3}'", "'{{1,2},{3,4}}'")));
        kinds.add(
                new Kind("text[]", FilterColumn.nullOnly("tags"), List.of("'{a,\"b \\\"c\\\"\",NULL,\"\"}'", "'{}'")));
        return kinds;
    }

    private static Kind numbers(String type, String name, String base, String... values) {
        List<Operand> operands = new ArrayList<>();
        List<String> held = new ArrayList<>();
        for (String value : values) {
            operands.add(Operand.number(value, base));
            operands.add(Operand.of(Operand.quoted(value), value, base));
            held.add("'" + value + "'");
        }
        if (base.equals("int4") || base.equals("int2")) {
            operands.removeIf(operand -> operand.json().contains("e"));
        }
        return new Kind(type, FilterColumn.ordered(name, operands), held);
    }

    private static Kind floats(String type, String name, String base, String... values) {
        List<Operand> operands = new ArrayList<>();
        List<String> held = new ArrayList<>();
        List<String> all = new ArrayList<>(List.of(values));
        all.addAll(List.of("0", "1", "-1.5", "1.0"));
        for (String value : all) {
            operands.add(Operand.number(value, base));
            held.add("'" + value + "'");
        }
        for (String value : List.of("NaN", "Infinity", "-Infinity")) {
            operands.add(Operand.text(value, base));
            held.add("'" + value + "'");
        }
        held.add("'-0'");
        return new Kind(type, FilterColumn.ordered(name, operands), held);
    }

    private static Kind decimals(String type, String name) {
        List<Operand> operands = new ArrayList<>();
        List<String> held = new ArrayList<>();
        String long1 = "123456789012345678901234567890.123456789012345678901";
        for (String value : List.of(
                "0", "0.00", "1.5", "1.50", "-1.5", "100", "1e2", "1E+400", "-1e-300", long1, "99999999999999999999")) {
            operands.add(Operand.number(value, "numeric"));
            operands.add(Operand.text(value, "numeric"));
            held.add("'" + value + "'");
        }
        for (String value : List.of("NaN", "Infinity", "-Infinity")) {
            operands.add(Operand.text(value, "numeric"));
            held.add("'" + value + "'");
        }
        return new Kind(type, FilterColumn.ordered(name, operands), held);
    }

    private static Kind texts(String type, String name, String base) {
        List<Operand> operands =
                TEXTS.stream().map(text -> Operand.text(text, base)).toList();
        List<String> held =
                TEXTS.stream().map(text -> Operand.sql(text, "text")).toList();
        return new Kind(type, FilterColumn.text(name, operands), held);
    }

    /** Blanks at the end do not count, in the column and in what it is compared with. */
    private static Kind padded(String type, String name) {
        List<String> texts = List.of("", "a", "ab", "a b", "a\t", "A", "\u00e4", " a", "abcd");
        List<Operand> operands = new ArrayList<>();
        for (String text : texts) {
            operands.add(Operand.text(text, "bpchar"));
            operands.add(Operand.text(text + "  ", "bpchar"));
        }
        operands.add(Operand.text("longer than it is", "bpchar"));
        return new Kind(
                type,
                FilterColumn.text(name, operands),
                texts.stream().map(text -> Operand.sql(text, "bpchar")).toList());
    }

    private static Kind uuids() {
        List<String> ids = List.of(
                "00000000-0000-0000-0000-000000000000", "123e4567-e89b-12d3-a456-426614174000",
                "ffffffff-ffff-ffff-ffff-ffffffffffff", "7fffffff-ffff-ffff-8000-000000000000");
        List<Operand> operands = new ArrayList<>();
        for (String id : ids) {
            operands.add(Operand.text(id, "uuid"));
            operands.add(Operand.text(id.toUpperCase(Locale.ROOT), "uuid"));
        }
        return new Kind(
                "uuid",
                FilterColumn.ordered("token", operands),
                ids.stream().map(id -> "'" + id + "'").toList());
    }

    private static Kind dates() {
        List<Operand> operands = new ArrayList<>();
        List<String> held = new ArrayList<>();
        for (String day : List.of("2026-01-31", "1970-01-01", "0001-01-01", "9999-12-31", "infinity", "-infinity")) {
            operands.add(Operand.text(day, "date"));
            held.add("'" + day + "'");
        }
        operands.add(Operand.of("\"+10000-01-01\"", "10000-01-01", "date"));
        operands.add(Operand.of("\"-0043-03-15\"", "0044-03-15 BC", "date"));
        operands.add(Operand.of("\"0044-03-15 BC\"", "0044-03-15 BC", "date"));
        operands.add(Operand.of("\"0000-02-29\"", "0001-02-29 BC", "date"));
        held.addAll(
                List.of("'10000-01-01'", "'0044-03-15 BC'", "'0001-02-29 BC'", "'5874897-12-31'", "'4713-01-01 BC'"));
        return new Kind("date", FilterColumn.ordered("day", operands), held);
    }

    private static Kind times() {
        List<Operand> operands = new ArrayList<>();
        List<String> held = new ArrayList<>();
        for (String time : List.of("00:00:00", "12:34:56", "12:34:56.5", "23:59:59.999999", "24:00:00")) {
            operands.add(Operand.text(time, "time"));
            held.add("'" + time + "'");
        }
        operands.add(Operand.text("12:34:56.500", "time"));
        return new Kind("time", FilterColumn.ordered("clock", operands), held);
    }

    private static Kind timestamps(String type, String name, String zone) {
        String base = zone.isEmpty() ? "timestamp" : "timestamptz";
        List<Operand> operands = new ArrayList<>();
        List<String> held = new ArrayList<>();
        for (String text : List.of(
                "2026-01-02T03:04:05",
                "2026-01-02T03:04:05.678",
                "1970-01-01T00:00:00",
                "9999-12-31T23:59:59.999999",
                "1969-12-31T23:59:59.999999")) {
            operands.add(Operand.text(text + zone, base));
            held.add("'" + text + zone + "'");
        }
        for (String end : List.of("infinity", "-infinity")) {
            operands.add(Operand.text(end, base));
            held.add("'" + end + "'");
        }
        operands.add(Operand.of("\"+12345-01-01T00:00:00" + zone + "\"", "12345-01-01 00:00:00" + zone, base));
        operands.add(Operand.of("\"-0043-03-15T12:00:00" + zone + "\"", "0044-03-15 12:00:00" + zone + " BC", base));
        held.add("'12345-01-01 00:00:00" + zone + "'");
        held.add("'0044-03-15 12:00:00" + zone + " BC'");
        if (!zone.isEmpty()) {
            operands.add(Operand.text("2026-01-02T05:04:05+02:00", base));
            operands.add(Operand.text("2026-01-01T21:34:05.678-05:30", base));
        }
        return new Kind(type, FilterColumn.ordered(name, operands), held);
    }

    private static Kind binaries() {
        List<String> hex = List.of("", "00", "ff", "00ff", "0a0b0c", "7f80");
        List<Operand> operands = new ArrayList<>();
        for (String each : hex) {
            byte[] bytes = HexFormat.of().parseHex(each);
            operands.add(Operand.of("\"" + Base64.getEncoder().encodeToString(bytes) + "\"", "\\x" + each, "bytea"));
        }
        return new Kind(
                "bytea",
                FilterColumn.ordered("raw", operands),
                hex.stream().map(each -> "'\\x" + each + "'").toList());
    }

    private static Kind enums(String type, String name) {
        return equalTexts(type, name, "sad", "ok", "Happy", "it's").asks("no label", "", "SAD");
    }

    private static Kind equalTexts(String type, String name, String... texts) {
        List<Operand> operands = new ArrayList<>();
        List<String> held = new ArrayList<>();
        for (String text : texts) {
            operands.add(Operand.text(text, "text"));
            held.add(Operand.sql(text, "text").replace("::text", ""));
        }
        return new Kind(type, FilterColumn.equal(name, operands), held);
    }
}
