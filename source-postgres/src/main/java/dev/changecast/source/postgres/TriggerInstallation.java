package dev.changecast.source.postgres;

import dev.changecast.api.source.Preparation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** The statements that give a database its triggers, and take them away again. */
final class TriggerInstallation implements Preparation {
    private static final String FUNCTIONS = """
            EXECUTE ON FUNCTION changecast.tick, changecast.register, changecast.acknowledge, changecast.trim,
                changecast.sleep, changecast.renew""";

    private static final String EXISTS = "SELECT to_regclass('changecast.installation') IS NOT NULL";

    private static final String CURRENT = """
            SELECT coalesce(obj_description(to_regproc('changecast.capture'), 'pg_proc') = :mark, false)""";

    private static final String HAS_NOTIFY = """
            SELECT EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                           WHERE n.nspname = 'changecast' AND p.proname = 'notify'
                             AND obj_description(p.oid, 'pg_proc') LIKE '%by triggers')""";

    /** All that have one, whatever the configuration means now. */
    private static final String TRIGGERED = """
            SELECT DISTINCT format('%I.%I', n.nspname, c.relname)
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE t.tgname IN ('00_changecast_row', '00_changecast_truncate') AND t.tgparentid = 0 ORDER BY 1""";

    private static final String PARTITIONS = """
            SELECT format('%I.%I', n.nspname, c.relname)
            FROM pg_partition_tree(CAST(:oid AS oid)::regclass) t JOIN pg_class c ON c.oid = t.relid
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid <> CAST(:oid AS oid) ORDER BY t.level, 1""";

    private static final String STATUS = """
            SELECT 'history ' || i.id || ', since ' || coalesce((SELECT min(t.made)::timestamptz(0)::text
                        FROM changecast.tick t), 'never') FROM changecast.installation i
            UNION ALL SELECT 'last tick ' || t.id || ', ' || t.made::timestamptz(0)
                FROM (SELECT * FROM changecast.tick ORDER BY id DESC LIMIT 1) t
            UNION ALL SELECT 'changes kept: about ' || greatest(c.reltuples, 0)::int8 || ' rows, '
                        || pg_size_pretty(pg_total_relation_size(c.oid)) || ' of disk'
                FROM pg_class c WHERE c.oid = 'changecast.change'::regclass
            UNION ALL SELECT 'reader ' || r.name || ': has tick ' || r.tick || ', '
                        || (SELECT max(t.id) FROM changecast.tick t) - r.tick || ' behind, last seen '
                        || r.seen::timestamptz(0) || ', is kept for ' || r.keep
                FROM changecast.reader r""";

    private final PostgresOptions options;
    private final Database database;
    private final TriggerCatalog catalog;

    TriggerInstallation(PostgresOptions options, Database database, TriggerCatalog catalog) {
        this.options = options;
        this.database = database;
        this.catalog = catalog;
    }

    @Override
    public List<String> install() {
        List<String> statements = new ArrayList<>();
        boolean exists = yes(EXISTS);
        String sql = resource("triggers.sql");
        String mark = "Changecast's trigger " + Integer.toHexString(sql.hashCode());
        boolean current = exists
                && database.jdbi()
                        .withHandle(handle -> handle.createQuery(CURRENT)
                                .bind("mark", mark)
                                .mapTo(Boolean.class)
                                .one());
        if (!current) {
            statements.add(inTransaction(sql + "\nCOMMENT ON FUNCTION changecast.capture() IS '"
                    + mark.replace("'", "''") + "';\n\n" + grants(options.userName())));
        }
        if (options.messages() && !yes(HAS_NOTIFY)) {
            statements.add(
                    inTransaction("DROP FUNCTION IF EXISTS changecast.notify;\n" + resource("notify-triggers.sql")));
        }
        Set<Long> whole = exists ? whole() : Set.of();
        for (Database.Table table : database.tables()) {
            if (!whole.contains(table.oid())) {
                statements.add(inTransaction(triggers(table)));
            }
        }
        return statements;
    }

    private Set<Long> whole() {
        Set<Long> whole = new HashSet<>();
        database.jdbi()
                .useHandle(handle -> catalog.read(handle, null, null).stream()
                        .filter(table -> table.whole() && table.always())
                        .forEach(table -> whole.add(table.oid())));
        return whole;
    }

    /** What the server's user needs. */
    static String grants(String user) {
        String role = Identifiers.quoted(user);
        return "GRANT USAGE ON SCHEMA changecast TO " + role + ";\n"
                + "GRANT SELECT ON ALL TABLES IN SCHEMA changecast TO " + role + ";\n"
                + "GRANT " + FUNCTIONS + " TO " + role + ";";
    }

    /** The first by name, so that what other triggers write comes behind what they react to. */
    private String triggers(Database.Table table) {
        String name = table.qualified();
        StringBuilder sql = new StringBuilder();
        sql.append("CREATE OR REPLACE TRIGGER \"00_changecast_row\" AFTER INSERT OR UPDATE OR DELETE ON ")
                .append(name)
                .append("\n    FOR EACH ROW EXECUTE FUNCTION changecast.capture();\n")
                .append("CREATE OR REPLACE TRIGGER \"00_changecast_truncate\" AFTER TRUNCATE ON ")
                .append(name)
                .append("\n    FOR EACH STATEMENT EXECUTE FUNCTION changecast.capture();\n");
        always(sql, name, "00_changecast_row");
        always(sql, name, "00_changecast_truncate");
        List<String> partitions = database.jdbi()
                .withHandle(handle -> handle.createQuery(PARTITIONS)
                        .bind("oid", table.oid())
                        .mapTo(String.class)
                        .list());
        partitions.forEach(partition -> always(sql, partition, "00_changecast_row"));
        // From here on the shape that the table has now is that of all rows that will be captured.
        return sql.append("SELECT changecast.tick('0');").toString();
    }

    private static void always(StringBuilder sql, String table, String trigger) {
        sql.append("ALTER TABLE ONLY ")
                .append(table)
                .append(" ENABLE ALWAYS TRIGGER \"")
                .append(trigger)
                .append("\";\n");
    }

    @Override
    public List<String> uninstall() {
        List<String> statements = new ArrayList<>();
        database.jdbi()
                .useHandle(handle -> handle.createQuery(TRIGGERED)
                        .mapTo(String.class)
                        .forEach(table ->
                                statements.add(inTransaction("DROP TRIGGER IF EXISTS \"00_changecast_row\" ON " + table
                                        + ";\nDROP TRIGGER IF EXISTS \"00_changecast_truncate\" ON " + table + ";"))));
        boolean notify = yes(HAS_NOTIFY);
        if (yes(EXISTS)) {
            statements.add(inTransaction(resource("triggers-uninstall.sql").stripTrailing()
                    + (notify ? "\nDROP FUNCTION IF EXISTS changecast.notify;" : "")
                    + "\n" + resource("schema-uninstall.sql").stripTrailing()));
        }
        return statements;
    }

    @Override
    public List<String> status() throws SQLException {
        if (!yes(EXISTS)) {
            return List.of("nothing is installed");
        }
        List<String> lines = new ArrayList<>();
        database.jdbi().useHandle(handle -> {
            Installation installation = Installation.read(handle.getConnection());
            if (installation == null || installation.version() != Installation.VERSION) {
                lines.add("the schema changecast is there, and of another version: install again");
            } else if (!installation.isHere()) {
                lines.add("restored from another place: it begins anew when a server comes, and so do clients");
            }
            handle.createQuery(STATUS).mapTo(String.class).forEach(lines::add);
            tables(handle, lines);
        });
        return lines;
    }

    private void tables(Handle handle, List<String> lines) {
        List<TriggerCatalog.Captured> found = catalog.read(handle, null, null);
        List<Database.Table> tables = database.tables();
        found.stream()
                .filter(TriggerCatalog.Captured::whole)
                .forEach(table ->
                        lines.add("table " + table.described().relation().qualifiedName() + ": captured"));
        TriggerReadiness.uncaptured(tables, found)
                .forEach(table -> lines.add("table " + table + ": lacks its triggers, or they are disabled"));
    }

    @Override
    public void execute(List<String> statements) throws SQLException {
        try (Connection connection =
                DriverManager.getConnection(options.url(), ReplicationConnection.properties(options, "install"))) {
            for (String sql : statements) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(sql);
                } catch (SQLException e) {
                    throw new dev.changecast.api.ChangecastException(
                            dev.changecast.api.ErrorCode.SOURCE_NOT_READY, advice(e), e);
                }
            }
        }
    }

    private String advice(SQLException failure) {
        String message =
                String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
        if (PostgresFailure.isState(failure, "55P03")) {
            return "a table is in use by a transaction that has not ended, and nobody should wait behind us: try again ("
                    + message + ")";
        }
        if (PostgresFailure.isState(failure, "42501")) {
            return "user " + options.userName()
                    + " may not do this: run the statements as who owns the tables and may create"
                    + " in the database, without --yes they are printed (" + message + ")";
        }
        return TriggerReadiness.failure(failure, options).getMessage();
    }

    /** Waits for a moment only for a table, as others who write wait behind it. */
    private static String inTransaction(String sql) {
        return "BEGIN ISOLATION LEVEL READ COMMITTED;\nSET LOCAL lock_timeout = '5s';\n" + sql.strip() + "\nCOMMIT;";
    }

    private boolean yes(String sql) {
        return database.jdbi()
                .withHandle(
                        handle -> handle.createQuery(sql).mapTo(Boolean.class).one());
    }

    private static String resource(String name) {
        try (InputStream sql = TriggerInstallation.class.getResourceAsStream(name)) {
            if (sql == null) {
                throw new IllegalStateException(name + " is missing in the jar");
            }
            return new String(sql.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
