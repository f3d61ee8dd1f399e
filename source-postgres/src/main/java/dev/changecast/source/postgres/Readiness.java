package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.CheckResult;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks for everything that stands in the way of capture, with the remedy of each. Changes nothing. */
final class Readiness {
    private final PostgresOptions options;
    private final Database database;
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    Readiness(PostgresOptions options, Database database) {
        this.options = options;
        this.database = database;
    }

    /** Before a run: throws with all problems. What concerns the slot's state is left to the run, which may mend it. */
    void require() {
        Database.Facts facts = database.facts();
        settings(facts);
        publication(facts);
        if (!problems.isEmpty()) {
            throw new ChangecastException(ErrorCode.SOURCE_NOT_READY, String.join("; ", problems));
        }
    }

    /**
     * Never throws.
     *
     * @param ownProcess the walsender that serves a capture of this source; 0 when there is none
     * @param poolIsOwn whether ordinary SQL goes to the same address with the same user
     */
    CheckResult inspect(int ownProcess, boolean poolIsOwn) {
        // Beside a run there is nothing to try: it has its walsender, perhaps the last one.
        if (ownProcess != 0 || replication() || !poolIsOwn) {
            database(ownProcess);
        }
        return new CheckResult(problems.stream().distinct().toList(), warnings);
    }

    private void database(int ownProcess) {
        try {
            Database.Facts facts = database.facts();
            settings(facts);
            neighbours(facts);
            clock();
            if (facts.version() >= 14) {
                publication(facts);
                slot(facts, ownProcess);
            }
        } catch (RuntimeException e) {
            problems.add(PostgresFailure.of(e, options).getMessage());
        }
    }

    static String tooOld(Connection connection) throws SQLException {
        return tooOld(connection.getMetaData().getDatabaseProductVersion());
    }

    private static String tooOld(String version) {
        return "the database is PostgreSQL " + version + "; capture needs 14 or later";
    }

    private void settings(Database.Facts facts) {
        if (facts.version() < 14) {
            problems.add(tooOld(Integer.toString(facts.version())));
        }
        if (facts.encoding().equals("SQL_ASCII")) {
            problems.add(
                    "the database " + facts.databaseName() + " has the encoding SQL_ASCII, which does not say what its"
                            + " bytes mean; capture needs any other, best UTF8");
        }
        if (!facts.walLevel().equals("logical")) {
            problems.add("wal_level is " + facts.walLevel()
                    + ", not logical: ALTER SYSTEM SET wal_level = 'logical', then restart the database");
        }
        if (facts.standby() && facts.version() < 16) {
            problems.add("the database is a standby; capture from a standby needs PostgreSQL 16 or later: give url the"
                    + " primary's address");
        }
    }

    /** Settings under which capture and database can hurt each other. */
    private void neighbours(Database.Facts facts) {
        if (facts.synchronous().contains("*")) {
            warnings.add("synchronous_standby_names is '" + facts.synchronous()
                    + "': every COMMIT may wait for this capture too: name the standbys instead");
        }
        if (facts.senderTimeout().equals("0")) {
            warnings.add(
                    "wal_sender_timeout is 0: the database keeps a dead capture's slot in use for ever; 60s is usual");
        }
        if (!facts.slotWal().equals("-1")) {
            warnings.add("max_slot_wal_keep_size is " + facts.slotWal()
                    + ": a capture that is further behind loses its slot, and all clients start anew");
        }
        if (!facts.slotIdle().equals("0")) {
            warnings.add("idle_replication_slot_timeout is " + facts.slotIdle()
                    + ": a capture that is away for longer loses its slot, and all clients start anew");
        }
        if (facts.standby()) {
            warnings.add("the database is a standby: no heartbeats, and no snapshots, which need the primary");
        }
    }

    private void clock() {
        Instant asked = Instant.now();
        Instant there = database.jdbi()
                .withHandle(handle -> handle.createQuery(ClockDifference.QUERY)
                        .mapTo(OffsetDateTime.class)
                        .one()
                        .toInstant());
        String warning = ClockDifference.warning(asked, there, Instant.now());
        if (warning != null) {
            warnings.add(warning);
        }
    }

    private void publication(Database.Facts facts) {
        Optional<Database.PublicationState> found = database.publication();
        if (found.isEmpty()) {
            if (!options.create()) {
                problems.add(Publication.missing(options));
            } else if (facts.standby()) {
                problems.add("publication " + options.publication()
                        + " does not exist, and cannot be made on a standby: make it on the primary");
            } else if (!facts.mayCreate()) {
                problems.add("publication " + options.publication() + " does not exist, and user " + facts.role()
                        + " may not make it: GRANT CREATE ON DATABASE "
                        + Identifiers.quoted(facts.databaseName()) + " TO " + Identifiers.quoted(facts.role()));
            }
        }
        List<Database.Table> tables = database.tables();
        if (tables.isEmpty()) {
            problems.add("no table matches " + options.tables() + " in database " + facts.databaseName()
                    + " (partitions, views, temporary and unlogged tables do not count)");
        } else {
            for (String missing : options.missing(tables)) {
                warnings.add("there is no table " + missing + " in database " + facts.databaseName()
                        + " (partitions, views, temporary and unlogged tables do not count): mend tables, or make it");
            }
        }
        boolean mayChange = options.create()
                && found.map(Database.PublicationState::owned).orElse(true)
                && !found.map(Database.PublicationState::allTables).orElse(false);
        tables.forEach(table -> table(table, mayChange, found.orElse(null)));
        found.ifPresent(publication -> shape(publication, mayChange, tables));
    }

    private void shape(Database.PublicationState publication, boolean mayChange, List<Database.Table> tables) {
        if (!publication.allOperations()) {
            warnings.add("publication " + options.publication()
                    + " leaves some operations out: ALTER PUBLICATION " + Identifiers.quoted(options.publication())
                    + " SET (publish = 'insert, update, delete, truncate')");
        }
        if (!publication.viaRoot() && !mayChange) {
            warnings.add("publication " + options.publication() + " tells partitions as tables of their own: "
                    + "ALTER PUBLICATION " + Identifiers.quoted(options.publication())
                    + " SET (publish_via_partition_root = true)");
        }
    }

    private void table(Database.Table table, boolean mayChange, Database.@Nullable PublicationState publication) {
        boolean exact = options.namesExactly(table.schema(), table.name());
        List<String> missing = exact ? problems : warnings;
        if (!table.withoutIdentity().isEmpty()) {
            if (table.published() && publication != null && publication.needsIdentity()) {
                problems.add(withoutIdentity(table));
            } else if (!table.published()) {
                missing.add("not captured: " + withoutIdentity(table));
            }
        } else if (!table.published() && (!mayChange || !table.owned())) {
            missing.add(table.qualified() + " is not in publication " + options.publication()
                    + (mayChange ? " and belongs to another role" : "") + ": ALTER PUBLICATION "
                    + Identifiers.quoted(options.publication()) + " ADD TABLE " + table.qualified());
        }
        if (!table.otherIdentity().isEmpty()) {
            warnings.add("partitions of " + table.qualified() + " have another REPLICA IDENTITY than the table itself ("
                    + String.join(", ", table.otherIdentity())
                    + "): their changes tell more or less of the old row; ALTER TABLE each of them too");
        }
    }

    static String withoutIdentity(Database.Table table) {
        return String.join(", ", table.withoutIdentity())
                + " has neither a primary key nor a replica identity, so that once published its UPDATE and DELETE"
                + " fail: add a primary key, or ALTER"
                + " TABLE"
                + " " + table.withoutIdentity().get(0) + " REPLICA IDENTITY FULL";
    }

    private void slot(Database.Facts facts, int ownProcess) {
        if (options.temporary()) {
            return;
        }
        Database.SlotState slot = database.slot().orElse(null);
        if (slot == null) {
            if (!options.create()) {
                problems.add(ReplicationSlot.missing(options));
            } else if (facts.slots() >= facts.maxSlots()) {
                problems.add("all " + facts.maxSlots() + " replication slots are in use: drop one that is not needed"
                        + " (pg_replication_slots) or raise max_replication_slots and restart the database");
            }
            return;
        }
        String foreign = ReplicationSlot.foreign(slot, options, facts.databaseName());
        if (foreign != null) {
            problems.add(foreign);
        } else if (slot.activeProcess() != null && slot.activeProcess() != ownProcess) {
            problems.add(ReplicationSlot.active(options, slot.activeProcess()));
        } else if (slot.lost() != null && options.create()) {
            warnings.add("slot " + options.slot() + " can no longer be read (" + slot.lost()
                    + "): it will be made anew, and all clients start anew");
        } else if (slot.lost() != null) {
            problems.add(ReplicationSlot.lost(options, slot.lost()));
        }
    }

    /**
     * Only trying tells whether a walsender can be had: privileges have several forms, and pg_hba.conf has its say. Says
     * whether an ordinary connection to the same address can be had.
     */
    private boolean replication() {
        try (ReplicationConnection replication = ReplicationConnection.open(options, new Closing())) {
            replication.identify(0, 0);
            return true;
        } catch (Exception e) {
            problems.add(PostgresFailure.of(e, options).getMessage());
            return !PostgresFailure.concernsEveryConnection(e);
        }
    }
}
