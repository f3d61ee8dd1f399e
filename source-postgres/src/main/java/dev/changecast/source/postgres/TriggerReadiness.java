package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.CheckResult;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Looks for everything that stands in the way of capture by triggers, with the remedy of each. Changes nothing. */
final class TriggerReadiness {
    static final String INSTALL = "changecast postgres install shows what it needs, and with --yes does it";
    private static final String READ_ONLY = "25006";
    private static final Set<String> MISSING = Set.of("3F000", "42P01", "42883");
    private static final int PROBE_MILLISECONDS = 3_000;

    private static final String FACTS = """
            SELECT current_setting('server_version_num')::int / 10000, pg_is_in_recovery(),
                   EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                           WHERE n.nspname = 'changecast' AND p.proname = 'tick'),
                   pg_encoding_to_char(d.encoding), d.datname, current_user, current_setting('wal_level'), pg_backend_pid(),
                   (SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = 'changecast')
            FROM pg_database d WHERE d.datname = current_database()""";

    private static final String MAY = """
            SELECT has_table_privilege('changecast.change', 'SELECT') AND has_table_privilege('changecast.tick', 'SELECT')
               AND has_table_privilege('changecast.shape', 'SELECT') AND has_table_privilege('changecast.reader', 'SELECT')
               AND has_table_privilege('changecast.installation', 'SELECT')
               AND has_table_privilege('changecast.captured', 'SELECT')
               AND has_function_privilege('changecast.tick(interval, pg_snapshot)', 'EXECUTE')
               AND has_function_privilege('changecast.register(text, int8, interval)', 'EXECUTE')
               AND has_function_privilege('changecast.acknowledge(text, int8)', 'EXECUTE')
               AND has_function_privilege('changecast.trim(int4)', 'EXECUTE')
               AND has_function_privilege('changecast.sleep()', 'EXECUTE')
               AND has_function_privilege('changecast.renew(uuid)', 'EXECUTE'),
               (SELECT seqcache FROM pg_sequence WHERE seqrelid = 'changecast.change_id'::regclass)""";

    private final PostgresOptions options;
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    TriggerReadiness(PostgresOptions options) {
        this.options = options;
    }

    /** Before a run: throws with all problems, over a connection that the run uses. */
    void require(Connection connection) throws SQLException {
        connection(connection);
        if (!problems.isEmpty()) {
            throw new ChangecastException(ErrorCode.SOURCE_NOT_READY, String.join("; ", problems));
        }
    }

    /** Never throws. */
    CheckResult inspect(Database database, TriggerCatalog catalog) {
        Closing closing = new Closing();
        try {
            Connection connection = Ticker.connect(options, closing, "check");
            boolean installed = connection(connection);
            List<Database.Table> tables = database.tables();
            if (tables.isEmpty()) {
                problems.add("no table matches " + options.tables()
                        + " (partitions, views, temporary and unlogged tables do not count)");
            } else {
                for (String missing : options.missing(tables)) {
                    warnings.add("there is no table " + missing
                            + " (partitions, views, temporary and unlogged tables do not count): mend tables, or make"
                            + " it");
                }
            }
            if (installed) {
                tables(tables, database.jdbi().withHandle(handle -> catalog.read(handle, null, null)));
            }
        } catch (Exception e) {
            problems.add(failure(e, options).getMessage());
        } finally {
            closing.close();
        }
        return new CheckResult(problems.stream().distinct().toList(), warnings);
    }

    /** Says whether all is installed. */
    private boolean connection(Connection connection) throws SQLException {
        boolean installed;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(FACTS)) {
            row.next();
            if (row.getInt(1) < 14) {
                problems.add("the database is PostgreSQL " + row.getInt(1) + "; capture needs 14 or later");
            }
            if (row.getBoolean(2)) {
                problems.add(standby(options));
            }
            if (row.getString(4).equals("SQL_ASCII")) {
                problems.add("the database " + row.getString(5) + " has the encoding SQL_ASCII, which does not say what"
                        + " its bytes mean; capture needs any other, best UTF8");
            }
            if (row.getString(7).equals("logical")) {
                warnings.add("wal_level is logical: mode: logical would cost those who write much less");
            }
            installed = row.getBoolean(3);
            if (!installed) {
                problems.add(notInstalled(options));
            } else if (!row.getBoolean(9)) {
                problems.add(privileges(row.getString(6)));
                installed = false;
            } else {
                installed = installed(connection, row.getString(6));
            }
            if (row.getInt(8) != connection.unwrap(PGConnection.class).getBackendPID() && !listens(connection)) {
                problems.add(pooler(options));
            }
        }
        return installed;
    }

    private static String privileges(String role) {
        return "user " + role + " lacks privileges in the schema changecast: " + TriggerInstallation.grants(role);
    }

    /** Says whether it may be used. */
    private boolean installed(Connection connection, String role) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            boolean may;
            try (ResultSet row = statement.executeQuery(MAY)) {
                row.next();
                may = row.getBoolean(1);
                if (row.getLong(2) > 1) {
                    problems.add(
                            "the sequence changecast.change_id has a cache, so that its numbers are not in the order of"
                                    + " writing: ALTER SEQUENCE changecast.change_id CACHE 1");
                }
            }
            if (!may) {
                problems.add(privileges(role));
                return false;
            }
            Installation found = Installation.read(connection);
            if (found == null || found.version() != Installation.VERSION) {
                problems.add("what is installed in the schema changecast is of "
                        + (found == null ? "no" : "version " + found.version()) + ", and this is version "
                        + Installation.VERSION + ": " + INSTALL);
            } else if (!found.isHere()) {
                warnings.add(
                        "what the triggers wrote was restored from another place: it begins anew, and so do clients");
            }
            return true;
        }
    }

    /**
     * A session of one's own hears what one tells it. A pooler in transaction mode gives the connection that listens to
     * others between transactions.
     */
    private static boolean listens(Connection connection) throws SQLException {
        String probe = UUID.randomUUID().toString();
        try (Statement statement = connection.createStatement()) {
            statement.execute("LISTEN changecast_probe");
            statement.execute("NOTIFY changecast_probe, '" + probe + "'");
            // Sent with the answer of the next one at the latest.
            PGNotification[] heard = connection.unwrap(PGConnection.class).getNotifications(PROBE_MILLISECONDS);
            statement.execute("UNLISTEN changecast_probe");
            return heard != null && heard.length > 0 && heard[0].getParameter().equals(probe);
        }
    }

    private void tables(List<Database.Table> tables, List<TriggerCatalog.Captured> found) {
        List<String> missing = uncaptured(tables, found);
        for (Database.Table table : tables) {
            if (missing.contains(table.qualified())) {
                boolean exact = options.namesExactly(table.schema(), table.name());
                (exact ? problems : warnings)
                        .add(table.qualified() + " lacks a trigger, or one is disabled, so its changes are not told: "
                                + INSTALL);
            }
        }
        found.stream()
                .filter(table -> table.whole() && !table.always())
                .forEach(table -> warnings.add(table.described().relation().qualifiedName()
                        + ": its trigger does not fire for what replication applies (session_replication_role ="
                        + " replica): " + INSTALL));
    }

    /** The tables, in SQL, that the configuration means and of which not all changes are captured. */
    static List<String> uncaptured(List<Database.Table> tables, List<TriggerCatalog.Captured> found) {
        Set<Long> whole = found.stream()
                .filter(TriggerCatalog.Captured::whole)
                .map(TriggerCatalog.Captured::oid)
                .collect(Collectors.toSet());
        return tables.stream()
                .filter(table -> !whole.contains(table.oid()))
                .map(Database.Table::qualified)
                .toList();
    }

    private static String notInstalled(PostgresOptions options) {
        return "the database at " + options.address() + " has no triggers of Changecast: " + INSTALL;
    }

    private static String standby(PostgresOptions options) {
        return "the database at " + options.address()
                + " is a read-only standby, where no tick can be written: give url the primary's address (several hosts and"
                + " targetServerType=primary find it)";
    }

    private static String pooler(PostgresOptions options) {
        return "a connection pooler in transaction mode answers at " + options.address()
                + " (PgBouncer's pool_mode = transaction or the like): it keeps neither LISTEN nor settings of a session nor"
                + " prepared statements; give url the address of the database itself, or of a pool in session mode";
    }

    /** In words that fit capture by triggers. */
    static ChangecastException failure(Throwable failure, PostgresOptions options) {
        if (failure instanceof ChangecastException already) {
            return already;
        }
        if (PostgresFailure.isState(failure, READ_ONLY)) {
            return new ChangecastException(ErrorCode.SOURCE_NOT_READY, standby(options), failure);
        }
        if (MISSING.stream().anyMatch(state -> PostgresFailure.isState(failure, state))) {
            return new ChangecastException(ErrorCode.SOURCE_NOT_READY, notInstalled(options), failure);
        }
        if (PostgresFailure.isState(failure, "42501")) {
            return new ChangecastException(ErrorCode.SOURCE_NOT_READY, privileges(options.userName()), failure);
        }
        return PostgresFailure.of(failure, options);
    }
}
