package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the publication and keeps it in step with the tables that match. It names its tables one by one: {@code FOR ALL
 * TABLES} and {@code TABLES IN SCHEMA} need a superuser, and would make the application's UPDATE fail on the first table
 * that someone creates without a replica identity. The price is that what is written to a new table before it is noticed
 * (a heartbeat at most) is not captured. One thread at a time.
 */
final class Publication {
    private static final Logger LOG = LoggerFactory.getLogger(Publication.class);
    private static final String DUPLICATE_OBJECT = "42710";
    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final String ONLY = "ONLY ";

    private final Database database;
    private final PostgresOptions options;
    private final Set<String> refused = new HashSet<>();
    private boolean readOnly;

    Publication(Database database, PostgresOptions options) {
        this.database = database;
        this.options = options;
    }

    /** Makes or completes it; returns its oid. */
    long ensure() throws SQLException {
        Database.PublicationState state = database.publication().orElse(null);
        if (state == null) {
            if (!options.create()) {
                throw new ChangecastException(ErrorCode.SOURCE_NOT_READY, missing(options));
            }
            state = create();
        }
        readOnly = database.facts().standby();
        if (options.create() && !readOnly && state.owned() && !state.viaRoot()) {
            database.execute("ALTER PUBLICATION " + name() + " SET (publish_via_partition_root = true)");
        }
        addNewTables(state);
        return state.oid();
    }

    static String missing(PostgresOptions options) {
        return "publication " + options.publication() + " does not exist: CREATE PUBLICATION "
                + Identifiers.quoted(options.publication())
                + " FOR TABLE ... WITH (publish_via_partition_root = true), or set create: true";
    }

    private Database.PublicationState create() {
        List<String> tables = eligible(database.tables());
        String list = tables.isEmpty() ? "" : " FOR TABLE " + String.join(", ", tables);
        try {
            database.execute("CREATE PUBLICATION " + name() + list + " WITH (publish_via_partition_root = true)");
            LOG.info("{}: made publication {} for {} tables", options.name(), options.publication(), tables.size());
        } catch (RuntimeException | SQLException e) {
            if (!PostgresFailure.isState(e, DUPLICATE_OBJECT)) {
                throw PostgresFailure.of(e, options);
            }
        }
        return database.publication()
                .orElseThrow(() -> new ChangecastException(ErrorCode.SOURCE_NOT_READY, missing(options)));
    }

    /** Adds tables that match and are not yet in it; what cannot be added is logged once. */
    void addNewTables() {
        if (options.create()) {
            database.publication().ifPresent(this::addNewTables);
        }
    }

    private void addNewTables(Database.PublicationState state) {
        if (!options.create() || readOnly || state.allTables()) {
            return;
        }
        List<Database.Table> missing =
                database.tables().stream().filter(table -> !table.published()).toList();
        for (Database.Table table : missing) {
            if (!table.withoutIdentity().isEmpty()) {
                refuse(table.qualified(), Readiness.withoutIdentity(table));
            }
        }
        for (String table : eligible(missing)) {
            try {
                database.execute(adding(table));
                LOG.info("{}: added {} to publication {}", options.name(), table, options.publication());
            } catch (RuntimeException | SQLException e) {
                if (PostgresFailure.isUnreachable(e)) {
                    throw PostgresFailure.of(e, options);
                }
                if (PostgresFailure.isState(e, LOCK_NOT_AVAILABLE)) {
                    LOG.debug("{}: {} is being written to, and is added later", options.name(), table);
                } else if (!PostgresFailure.isState(e, DUPLICATE_OBJECT)) {
                    refuse(table, PostgresFailure.of(e, options).getMessage());
                }
            }
        }
    }

    /**
     * Adds a table between its writers. What a transaction wrote before is not sent, so one that went on over the moment
     * would be missing from the stream, and from every snapshot taken before it ends. Waits for a moment only, as others
     * who want to write wait behind it.
     */
    private String adding(String table) {
        return "SET LOCAL lock_timeout = '300ms'; LOCK TABLE " + table.substring(ONLY.length()) + " IN SHARE MODE; "
                + "ALTER PUBLICATION " + name() + " ADD TABLE " + table;
    }

    private void refuse(String table, String why) {
        if (refused.add(table)) {
            LOG.warn("{}: {} is not captured: {}", options.name(), table, why);
        }
    }

    private static List<String> eligible(List<Database.Table> tables) {
        return tables.stream()
                .filter(table -> table.withoutIdentity().isEmpty())
                // Tables that inherit from it stand in the list themselves when they are meant.
                .map(table -> ONLY + table.qualified())
                .collect(Collectors.toList());
    }

    private String name() {
        return Identifiers.quoted(options.publication());
    }
}
