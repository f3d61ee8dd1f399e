package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * What a source was configured with.
 *
 * @param mode how changes are had
 * @param name for threads, messages and {@code application_name}
 * @param url JDBC URL of the database, for the replication connection
 * @param slot the replication slot; with triggers the name of the reader
 * @param bigintAsText whether {@code int8} is written as a JSON string
 * @param create whether publication and slot are made and kept in step by us
 * @param temporary whether the slot goes with the connection
 * @param failover whether a slot made by us is carried to standbys (PostgreSQL 17)
 * @param messages whether messages that somebody writes into the database's log are given
 * @param poll with triggers, how often changes are looked for while there are any
 * @param keep with triggers, for how long the database keeps changes for this reader while it is away
 * @param walBudget how much WAL the slot may hold back in the database
 * @param overBudget what becomes of a slot that holds back more
 * @param snapshotSilence how long the database keeps the transaction of a snapshot when it hears nothing
 */
record PostgresOptions(
        CaptureMode mode,
        String name,
        String url,
        @Nullable String user,
        @Nullable String password,
        List<TablePattern> tables,
        String slot,
        String publication,
        boolean bigintAsText,
        Duration heartbeat,
        boolean create,
        boolean temporary,
        boolean failover,
        int poolSize,
        boolean messages,
        Duration poll,
        Duration keep,
        long walBudget,
        OverBudget overBudget,
        Duration snapshotSilence) {

    private static final long LEAST_BUDGET = 16L * 1024 * 1024;

    PostgresOptions {
        tables = List.copyOf(tables);
        List<String> problems = new ArrayList<>();
        if (target(url) == null) {
            problems.add("url is not a JDBC URL of PostgreSQL (jdbc:postgresql://host:5432/database)");
        }
        // Both are put into replication commands as they are, without any quoting.
        if (!slot.matches("[a-z_][a-z0-9_]{0,62}")) {
            problems.add("slot is 1 to 63 lower-case letters, digits and _, not beginning with a digit, not: " + slot);
        }
        if (!publication.matches("[A-Za-z_][A-Za-z0-9_]{0,62}")) {
            problems.add(
                    "publication is 1 to 63 letters, digits and _, not beginning with a digit, not: " + publication);
        }
        if (tables.isEmpty()) {
            problems.add("tables names no table; public.* stands for all of the schema public");
        }
        if (heartbeat.toMillis() < 100 || heartbeat.toHours() > 1) {
            problems.add("heartbeat is between 100ms and 1h, not " + heartbeat);
        }
        if (poolSize < 1 || poolSize > 1000) {
            problems.add("pool_size is between 1 and 1000, not " + poolSize);
        }
        if (poll.toMillis() < 10 || poll.toSeconds() > 10) {
            problems.add("poll is between 10ms and 10s, not " + poll);
        }
        if (keep.toMinutes() < 1 || keep.toDays() > 365) {
            problems.add("keep is between 1m and 365d, not " + keep);
        }
        if (walBudget < LEAST_BUDGET) {
            problems.add("wal_budget is 16MiB or more, which is a segment of WAL, not " + walBudget);
        }
        if (overBudget == OverBudget.RELEASE && !create && !temporary) {
            problems.add("over_wal_budget: release makes the slot anew, so it needs create: true");
        }
        if (mode == CaptureMode.TRIGGER && (temporary || failover)) {
            problems.add("temporary and failover are about replication slots, which mode: trigger has none of");
        }
        if (temporary && failover) {
            problems.add("a temporary slot cannot be a failover slot: choose one of temporary and failover");
        }
        if (!problems.isEmpty()) {
            throw new ChangecastException(ErrorCode.BAD_CONFIGURATION, String.join("; ", problems));
        }
    }

    private static @Nullable Properties target(String url) {
        return Driver.parseURL(url, new Properties());
    }

    /** Host, port and database without anything secret that the URL may hold. */
    String address() {
        Properties target = target(url);
        if (target == null) {
            return "?";
        }
        return PGProperty.PG_HOST.getOrDefault(target) + ":" + PGProperty.PG_PORT.getOrDefault(target) + "/"
                + PGProperty.PG_DBNAME.getOrDefault(target);
    }

    /** The user named here or in the URL. */
    String userName() {
        Properties target = target(url);
        String fromUrl = target == null ? null : PGProperty.USER.getOrDefault(target);
        return user != null ? user : fromUrl != null ? fromUrl : System.getProperty("user.name", "?");
    }

    boolean matches(String schema, String table) {
        return tables.stream().anyMatch(pattern -> pattern.matches(schema, table));
    }

    boolean namesExactly(String schema, String table) {
        return tables.stream().anyMatch(pattern -> !pattern.isWildcard() && pattern.matches(schema, table));
    }

    /** The tables that are named without a wildcard and are not among these. */
    List<String> missing(List<Database.Table> present) {
        return tables.stream()
                .filter(pattern -> !pattern.isWildcard()
                        && present.stream().noneMatch(table -> pattern.matches(table.schema(), table.name())))
                .map(TablePattern::toString)
                .toList();
    }

    boolean hasWildcards() {
        return tables.stream().anyMatch(TablePattern::isWildcard);
    }

    /** Without url and password, since both may hold secrets. */
    @Override
    public String toString() {
        return "postgres source " + name + " (" + userName() + "@" + address() + ", tables " + tables
                + (mode == CaptureMode.TRIGGER
                        ? ", by triggers, reader " + slot
                        : ", slot " + slot + ", publication " + publication)
                + ")";
    }
}
