package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which tables are meant: {@code schema.table}, spelled as in the catalog, with {@code *} for any characters. A part in
 * double quotes is taken literally, so a name may hold dots and asterisks.
 */
final class TablePattern {
    private static final Pattern FORM =
            Pattern.compile("\\s*(\"(?:[^\"]|\"\")+\"|[^\".]+)\\.(\"(?:[^\"]|\"\")+\"|[^\".]+)\\s*");

    private final String text;
    private final Pattern schema;
    private final Pattern table;
    private final boolean wildcard;

    private TablePattern(String text, String schema, String table) {
        this.text = text;
        this.schema = glob(schema);
        this.table = glob(table);
        this.wildcard = isGlob(schema) || isGlob(table);
    }

    static TablePattern parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION,
                    "a table is named schema.table, with * as wildcard and double quotes around names with dots"
                            + " (public.users, public.*, \"My.Schema\".*), not: " + text);
        }
        return new TablePattern(text, matcher.group(1), matcher.group(2));
    }

    private static boolean isGlob(String part) {
        return !part.startsWith("\"") && part.contains("*");
    }

    private static Pattern glob(String part) {
        if (part.startsWith("\"")) {
            return Pattern.compile(
                    Pattern.quote(part.substring(1, part.length() - 1).replace("\"\"", "\"")));
        }
        String[] pieces = part.strip().split("\\*", -1);
        StringBuilder regex = new StringBuilder(Pattern.quote(pieces[0]));
        for (int i = 1; i < pieces.length; i++) {
            regex.append(".*").append(Pattern.quote(pieces[i]));
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    boolean matches(String schemaName, String tableName) {
        return schema.matcher(schemaName).matches() && table.matcher(tableName).matches();
    }

    /** Whether it can match tables that do not exist yet, so that one it finds may be left out. */
    boolean isWildcard() {
        return wildcard;
    }

    @Override
    public String toString() {
        return text;
    }
}
