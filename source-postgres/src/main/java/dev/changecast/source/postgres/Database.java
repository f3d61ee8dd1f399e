package dev.changecast.source.postgres;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/** Questions in ordinary SQL, over the pool. Each may block and throws JDBI's exceptions. Thread-safe. */
final class Database {
    private static final String FACTS = """
            SELECT current_setting('server_version_num')::int / 10000 AS version,
                   d.oid::int8 AS database, d.datname, pg_encoding_to_char(d.encoding) AS encoding,
                   pg_is_in_recovery() AS standby, current_setting('wal_level') AS wal_level,
                   current_setting('max_replication_slots')::int AS max_slots,
                   (SELECT count(*) FROM pg_replication_slots) AS slots,
                   current_setting('max_wal_senders')::int AS max_senders,
                   current_setting('wal_sender_timeout') AS sender_timeout,
                   current_setting('synchronous_standby_names') AS synchronous,
                   current_setting('max_slot_wal_keep_size') AS slot_wal,
                   coalesce(current_setting('idle_replication_slot_timeout', true), '0') AS slot_idle,
                   has_database_privilege(d.oid, 'CREATE') AS may_create, current_user AS role
            FROM pg_database d WHERE d.datname = current_database()""";

    /** Leaves decide whether an UPDATE works; a root's own identity does not count. */
    private static final String TABLES = """
            WITH published AS MATERIALIZED
                (SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = :publication)
            SELECT c.oid::int8, n.nspname, c.relname, pg_has_role(c.relowner, 'USAGE') AS owned,
                   ARRAY(SELECT a.relid::oid::int8 FROM pg_partition_ancestors(c.oid) a WHERE a.relid <> c.oid) AS ancestors,
                   EXISTS (SELECT FROM published p WHERE p.schemaname = n.nspname AND p.tablename = c.relname) AS published,
                   ARRAY(SELECT l.oid::regclass::text FROM pg_class l
                         WHERE l.oid IN (SELECT relid FROM pg_partition_tree(c.oid) WHERE isleaf
                                         UNION SELECT c.oid WHERE c.relkind = 'r')
                           AND l.relreplident <> 'f'
                           AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = l.oid AND i.indisvalid AND i.indimmediate
                               AND (l.relreplident = 'd' AND i.indisprimary OR l.relreplident = 'i' AND i.indisreplident))
                        ) AS without_identity,
                   ARRAY(SELECT l.oid::regclass::text FROM pg_partition_tree(c.oid) t JOIN pg_class l ON l.oid = t.relid
                         WHERE t.isleaf AND (l.relreplident = 'f') <> (c.relreplident = 'f')) AS other_identity
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
              AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
            ORDER BY n.nspname, c.relname""";

    private static final String PUBLICATION = """
            SELECT oid::int8, puballtables, pubviaroot, pubinsert AND pubupdate AND pubdelete AND pubtruncate AS all_operations,
                   pubupdate OR pubdelete AS needs_identity, pg_has_role(pubowner, 'USAGE') AS owned
            FROM pg_publication WHERE pubname = :publication""";

    /** Through JSON, as older servers do not have all the columns. */
    private static final String SLOT = """
            SELECT plugin, slot_type, database, active_pid, confirmed_flush_lsn::text AS confirmed,
                   CASE WHEN wal_status = 'lost' OR to_jsonb(s) ->> 'invalidation_reason' IS NOT NULL
                        THEN coalesce(to_jsonb(s) ->> 'invalidation_reason', 'wal_removed') END AS lost
            FROM pg_replication_slots s WHERE slot_name = :slot""";

    private static final String SLOT_WAL = """
            SELECT s.active_pid, s.wal_status, s.safe_wal_size,
                   CASE WHEN wal_status = 'lost' OR to_jsonb(s) ->> 'invalidation_reason' IS NOT NULL
                        THEN coalesce(to_jsonb(s) ->> 'invalidation_reason', 'wal_removed') END AS lost,
                   pg_wal_lsn_diff(w.present, s.restart_lsn)::int8 AS retained,
                   pg_wal_lsn_diff(w.present, s.confirmed_flush_lsn)::int8 AS unconfirmed
            FROM pg_replication_slots s, (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
                                                      ELSE pg_current_wal_lsn() END AS present) w
            WHERE slot_name = :slot""";

    private static final String PRIMARY_KEY = """
            SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid
            WHERE i.indrelid::int8 = :relation AND i.indisprimary
              AND a.attnum = ANY ((i.indkey::int2[])[0 : i.indnkeyatts - 1])""";

    /** What keeps a walsender waiting while it makes a slot. */
    private static final String WAITS = """
            SELECT 'transaction ' || w.transactionid
                   || coalesce(' of process ' || h.pid || coalesce(' (' || nullif(a.application_name, '') || ')', ''),
                               ' (prepared: ' || x.gid || ')', '')
            FROM pg_locks w
            LEFT JOIN pg_locks h ON h.locktype = 'transactionid' AND h.transactionid = w.transactionid AND h.granted
            LEFT JOIN pg_stat_activity a ON a.pid = h.pid
            LEFT JOIN pg_prepared_xacts x ON x.transaction = w.transactionid
            WHERE w.pid = :process AND w.locktype = 'transactionid' AND NOT w.granted LIMIT 1""";

    record Facts(
            int version,
            long database,
            String databaseName,
            String encoding,
            boolean standby,
            String walLevel,
            int maxSlots,
            int slots,
            int maxSenders,
            String senderTimeout,
            String synchronous,
            String slotWal,
            String slotIdle,
            boolean mayCreate,
            String role) {}

    /**
     * @param ancestors oids of the partitioned tables that it is part of
     * @param withoutIdentity those of its leaves, or itself, whose rows cannot be told apart
     * @param otherIdentity those of its leaves that tell more or less of the old row than the root
     */
    record Table(
            long oid,
            String schema,
            String name,
            boolean owned,
            List<Long> ancestors,
            boolean published,
            List<String> withoutIdentity,
            List<String> otherIdentity) {
        String qualified() {
            return Identifiers.quoted(schema, name);
        }
    }

    record PublicationState(
            long oid,
            boolean allTables,
            boolean viaRoot,
            boolean allOperations,
            boolean needsIdentity,
            boolean owned) {}

    /** @param lost why it can no longer be read; null when it can */
    record SlotState(
            @Nullable String plugin,
            String type,
            @Nullable String database,
            @Nullable Integer activeProcess,
            long confirmed,
            @Nullable String lost) {}

    private final Jdbi jdbi;
    private final PostgresOptions options;

    Database(DataSource pool, PostgresOptions options) {
        this.options = options;
        jdbi = Jdbi.create(pool).registerArrayType(Long.class, "int8").registerArrayType(String.class, "text");
    }

    Jdbi jdbi() {
        return jdbi;
    }

    Facts facts() {
        return jdbi.withHandle(handle -> handle.createQuery(FACTS)
                .map((row, context) -> new Facts(
                        row.getInt("version"),
                        row.getLong("database"),
                        row.getString("datname"),
                        row.getString("encoding"),
                        row.getBoolean("standby"),
                        row.getString("wal_level"),
                        row.getInt("max_slots"),
                        row.getInt("slots"),
                        row.getInt("max_senders"),
                        row.getString("sender_timeout"),
                        row.getString("synchronous"),
                        row.getString("slot_wal"),
                        row.getString("slot_idle"),
                        row.getBoolean("may_create"),
                        row.getString("role")))
                .one());
    }

    /** The next transaction id, 64 bit. */
    long nextTransactionId() {
        return jdbi.withHandle(
                handle -> handle.createQuery("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8")
                        .mapTo(Long.class)
                        .one());
    }

    /** The tables that the configuration means; partitions only where none of what they are part of is meant. */
    List<Table> tables() {
        List<Table> matching = jdbi.withHandle(handle -> handle.createQuery(TABLES)
                .bind("publication", options.publication())
                .map((row, context) -> new Table(
                        row.getLong(1),
                        row.getString(2),
                        row.getString(3),
                        row.getBoolean(4),
                        List.of((Long[]) row.getArray(5).getArray()),
                        row.getBoolean(6),
                        List.of((String[]) row.getArray(7).getArray()),
                        List.of((String[]) row.getArray(8).getArray())))
                .filter(table -> options.matches(table.schema, table.name))
                .list());
        List<Long> oids = matching.stream().map(Table::oid).toList();
        return matching.stream()
                .filter(table -> table.ancestors.stream().noneMatch(oids::contains))
                .toList();
    }

    Optional<PublicationState> publication() {
        return jdbi.withHandle(handle -> handle.createQuery(PUBLICATION)
                .bind("publication", options.publication())
                .map((row, context) -> new PublicationState(
                        row.getLong(1),
                        row.getBoolean(2),
                        row.getBoolean(3),
                        row.getBoolean(4),
                        row.getBoolean(5),
                        row.getBoolean(6)))
                .findOne());
    }

    Optional<SlotState> slot() {
        return jdbi.withHandle(handle -> handle.createQuery(SLOT)
                .bind("slot", options.slot())
                .map((row, context) -> {
                    String confirmed = row.getString("confirmed");
                    int process = row.getInt("active_pid");
                    return new SlotState(
                            row.getString("plugin"),
                            row.getString("slot_type"),
                            row.getString("database"),
                            process == 0 ? null : process,
                            confirmed == null
                                    ? 0
                                    : LogSequenceNumber.valueOf(confirmed).asLong(),
                            row.getString("lost"));
                })
                .findOne());
    }

    /**
     * How much WAL the slot stands for.
     *
     * @param process which reads it; 0 when none does
     * @param retained what the database keeps for it
     * @param unconfirmed what was written after what is confirmed
     * @param safe how much may be written until the slot is lost; null where there is no limit
     * @param lost why it can no longer be read; null when it can
     */
    record SlotWal(
            int process,
            @Nullable String status,
            long retained,
            long unconfirmed,
            @Nullable Long safe,
            @Nullable String lost) {}

    Optional<SlotWal> slotWal() {
        return jdbi.withHandle(handle -> handle.createQuery(SLOT_WAL)
                .bind("slot", options.slot())
                .map((row, context) -> new SlotWal(
                        row.getInt("active_pid"),
                        row.getString("wal_status"),
                        row.getLong("retained"),
                        row.getLong("unconfirmed"),
                        row.getObject("safe_wal_size", Long.class),
                        row.getString("lost")))
                .findOne());
    }

    /** Ends the process that reads the slot, if there is one. */
    void terminate(int process) {
        if (process != 0) {
            jdbi.useHandle(handle -> handle.createQuery("SELECT pg_terminate_backend(:process)")
                    .bind("process", process)
                    .mapTo(Boolean.class)
                    .one());
        }
    }

    /** Drops the slot, if it is there; fails while somebody reads it. */
    void dropSlot() {
        jdbi.useHandle(handle -> handle.createQuery(
                        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = :slot")
                .bind("slot", options.slot())
                .mapTo(String.class)
                .list());
    }

    /** The names of the primary key's columns; empty when there is none. */
    Set<String> primaryKey(long relation) {
        return jdbi.withHandle(handle -> handle.createQuery(PRIMARY_KEY)
                .bind("relation", relation)
                .mapTo(String.class)
                .set());
    }

    /** Which transaction this walsender waits for. */
    Optional<String> waitOf(int process) {
        return jdbi.withHandle(handle -> handle.createQuery(WAITS)
                .bind("process", process)
                .mapTo(String.class)
                .findOne());
    }

    /** Runs a statement as it is: JDBI would take colons and question marks in names for parameters. */
    void execute(String sql) throws SQLException {
        jdbi.useTransaction(handle -> {
            try (Statement statement = handle.getConnection().createStatement()) {
                statement.execute(sql);
            }
        });
    }
}
