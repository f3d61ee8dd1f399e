package dev.changecast.source.postgres;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Collects what a {@link PostgresSource} is made of. Only {@link #replication} is required. */
public final class PostgresSourceBuilder {
    private @Nullable DataSource dataSource;
    private CaptureMode mode = CaptureMode.LOGICAL;
    private @Nullable String name;
    private @Nullable String url;
    private @Nullable String user;
    private @Nullable String password;
    private List<String> tables = List.of("public.*");
    private String slot = "changecast";
    private String publication = "changecast";
    private boolean bigintAsText;
    private Duration heartbeat = Duration.ofSeconds(10);
    private boolean create = true;
    private boolean temporary;
    private boolean failover;
    private int poolSize = 4;
    private boolean messages;
    private Duration poll = Duration.ofMillis(50);
    private Duration keep = Duration.ofHours(24);
    private long walBudget = 10L * 1024 * 1024 * 1024;
    private OverBudget overBudget = OverBudget.WARN;
    private Duration snapshotSilence = Duration.ofMinutes(1);

    PostgresSourceBuilder() {}

    /**
     * For ordinary SQL and snapshots: any pool over the same database. It stays yours to close. Without one, the source
     * makes a small pool from the replication URL.
     */
    public PostgresSourceBuilder dataSource(DataSource pool) {
        dataSource = requireNonNull(pool, "pool is null");
        return this;
    }

    /** Where to read changes: the database itself, not a pooler, and a user that may replicate. */
    public PostgresSourceBuilder replication(String url, @Nullable String user, @Nullable String password) {
        this.url = requireNonNull(url, "url is null");
        this.user = user;
        this.password = password;
        return this;
    }

    /** Which tables: {@code schema.table} with {@code *} as wildcard. {@code public.*} unless said otherwise. */
    public PostgresSourceBuilder tables(String... tables) {
        this.tables = List.of(tables);
        return this;
    }

    /** For the names of threads and connections, and for messages. The slot's name unless said otherwise. */
    public PostgresSourceBuilder name(String name) {
        this.name = requireNonNull(name, "name is null");
        return this;
    }

    /** The replication slot, with triggers the name of the reader. Every process that captures needs its own. */
    public PostgresSourceBuilder slot(String slot) {
        this.slot = requireNonNull(slot, "slot is null");
        return this;
    }

    /** The publication. Processes that serve the same clients share it. */
    public PostgresSourceBuilder publication(String publication) {
        this.publication = requireNonNull(publication, "publication is null");
        return this;
    }

    /** Whether {@code int8} is written as a JSON string, for clients that hold integers in doubles. */
    public PostgresSourceBuilder bigintAsText(boolean bigintAsText) {
        this.bigintAsText = bigintAsText;
        return this;
    }

    /** How often the stream is tried and new tables are looked for. 10 s unless said otherwise. */
    public PostgresSourceBuilder heartbeat(Duration heartbeat) {
        this.heartbeat = requireNonNull(heartbeat, "heartbeat is null");
        return this;
    }

    /** Whether publication and slot are made when they are missing and kept in step. True unless said otherwise. */
    public PostgresSourceBuilder create(boolean create) {
        this.create = create;
        return this;
    }

    /** Whether the slot goes with the connection: nothing is left behind, and every reconnect is a reset. */
    public PostgresSourceBuilder temporary(boolean temporary) {
        this.temporary = temporary;
        return this;
    }

    /** Whether a slot that is made here is carried to standbys (PostgreSQL 17 or later). */
    public PostgresSourceBuilder failover(boolean failover) {
        this.failover = failover;
        return this;
    }

    /** How many connections the source's own pool has at most. */
    public PostgresSourceBuilder poolSize(int poolSize) {
        this.poolSize = poolSize;
        return this;
    }

    /**
     * Whether messages that somebody writes into the database's log ({@code changecast.notify}) are delivered. False unless
     * said otherwise: with it whoever may call {@code pg_logical_emit_message} can tell something to anybody.
     */
    public PostgresSourceBuilder messages(boolean messages) {
        this.messages = messages;
        return this;
    }

    /** How changes are had. {@link CaptureMode#LOGICAL} unless said otherwise. */
    public PostgresSourceBuilder mode(CaptureMode mode) {
        this.mode = requireNonNull(mode, "mode is null");
        return this;
    }

    /** With triggers: how often changes are looked for while there are any. 50 ms unless said otherwise. */
    public PostgresSourceBuilder poll(Duration poll) {
        this.poll = requireNonNull(poll, "poll is null");
        return this;
    }

    /**
     * With triggers: for how long the database keeps changes for this reader while it is away. 24 h unless said otherwise;
     * beyond that, clients start anew.
     */
    public PostgresSourceBuilder keep(Duration keep) {
        this.keep = requireNonNull(keep, "keep is null");
        return this;
    }

    /**
     * How much WAL the slot may hold back in the database, in bytes, and what becomes of one that holds back more. 10 GiB and
     * {@link OverBudget#WARN} unless said otherwise.
     */
    public PostgresSourceBuilder walBudget(long bytes, OverBudget then) {
        this.walBudget = bytes;
        this.overBudget = requireNonNull(then, "then is null");
        return this;
    }

    /** For tests, which cannot wait for long. */
    PostgresSourceBuilder snapshotSilence(Duration snapshotSilence) {
        this.snapshotSilence = snapshotSilence;
        return this;
    }

    /**
     * Makes the source; connects to nothing.
     *
     * @throws ChangecastException with all that is wrong
     */
    public PostgresSource build() {
        if (url == null) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION,
                    "replication(url, user, password) says where to read changes; it is missing");
        }
        List<TablePattern> patterns = tables.stream().map(TablePattern::parse).toList();
        return new PostgresSource(
                new PostgresOptions(
                        mode,
                        name == null ? slot : name,
                        url,
                        user,
                        password,
                        patterns,
                        slot,
                        publication,
                        bigintAsText,
                        heartbeat,
                        create,
                        temporary,
                        failover,
                        poolSize,
                        messages,
                        poll,
                        keep,
                        walBudget,
                        overBudget,
                        snapshotSilence),
                dataSource);
    }
}
