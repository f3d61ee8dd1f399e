package dev.changecast.source.redis;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Collects what a {@link RedisStreamsSource} is made of. Only an address and {@link #streams} are required. */
public final class RedisStreamsSourceBuilder {
    private final String url;
    private List<String> nodes = List.of();
    private @Nullable String user;
    private @Nullable String password;
    private @Nullable SSLSocketFactory sockets;
    private @Nullable String name;
    private List<String> streams = List.of();
    private List<String> columns = List.of("user_id", "type", "payload json");
    private List<String> key = List.of(Mapping.ID);
    private @Nullable String operation;
    private @Nullable String collectionField;
    private List<String> collections = List.of();
    private long entryBytes = 1 << 20;
    private boolean fromBeginning = true;
    private @Nullable String group;
    private @Nullable String consumer;
    private Duration claimAfter = Duration.ofSeconds(30);
    private int tries = 3;
    private @Nullable String deadLetters;
    private long keep;
    private int batch = 100;
    private Duration heartbeat = Duration.ofSeconds(10);
    private Duration timeout = Duration.ofSeconds(5);

    RedisStreamsSourceBuilder(String url) {
        this.url = requireNonNull(url, "url is null");
    }

    /** Further addresses, {@code host:port}: whichever is the primary is used, or a node of the cluster. */
    public RedisStreamsSourceBuilder nodes(String... nodes) {
        this.nodes = List.of(nodes);
        return this;
    }

    /** The login, where the address has none; null for Redis' default user. */
    public RedisStreamsSourceBuilder login(@Nullable String user, @Nullable String password) {
        this.user = user;
        this.password = password;
        return this;
    }

    /** TLS with this trust instead of the JVM's; the certificate has to name the host in any case. */
    public RedisStreamsSourceBuilder tls(SSLSocketFactory sockets) {
        this.sockets = requireNonNull(sockets, "sockets is null");
        return this;
    }

    /** For messages. The first stream's name unless said otherwise. */
    public RedisStreamsSourceBuilder name(String name) {
        this.name = requireNonNull(name, "name is null");
        return this;
    }

    /** Which streams. */
    public RedisStreamsSourceBuilder streams(String... streams) {
        this.streams = List.of(streams);
        return this;
    }

    /**
     * The columns besides {@code id}: {@code field type as name}, {@code field.member} for a member of JSON in a field,
     * {@code *} for all fields as one JSON object. {@code user_id}, {@code type} and {@code payload json} unless said
     * otherwise.
     */
    public RedisStreamsSourceBuilder columns(String... columns) {
        this.columns = List.of(columns);
        return this;
    }

    /** The columns that identify a row; {@code id} unless said otherwise: each entry is a row of its own. */
    public RedisStreamsSourceBuilder key(String... key) {
        this.key = List.of(key);
        return this;
    }

    /** The field that says {@code insert}, {@code update} or {@code delete}; without one every entry is an insert. */
    public RedisStreamsSourceBuilder operation(@Nullable String field) {
        operation = field;
        return this;
    }

    /** The field that names an entry's collection, and the names it may have; without one the stream is the collection. */
    public RedisStreamsSourceBuilder collections(@Nullable String field, String... collections) {
        collectionField = field;
        this.collections = List.of(collections);
        return this;
    }

    /** How large an entry may be that is given. 1 MiB unless said otherwise. */
    public RedisStreamsSourceBuilder entryBytes(long bytes) {
        entryBytes = bytes;
        return this;
    }

    /** Whether the first run gives what the streams hold, or only what comes. True unless said otherwise. */
    public RedisStreamsSourceBuilder fromBeginning(boolean fromBeginning) {
        this.fromBeginning = fromBeginning;
        return this;
    }

    /** Shares the entries with the other consumers of this group, instead of reading all of them. */
    public RedisStreamsSourceBuilder workQueue(String group) {
        this.group = requireNonNull(group, "group is null");
        return this;
    }

    /** This process's name in the group, which no other has. The host's unless said otherwise. */
    public RedisStreamsSourceBuilder consumer(@Nullable String consumer) {
        this.consumer = consumer;
        return this;
    }

    /** After how long what another consumer has not confirmed is taken from it. 30 s unless said otherwise. */
    public RedisStreamsSourceBuilder claimAfter(Duration claimAfter) {
        this.claimAfter = requireNonNull(claimAfter, "claimAfter is null");
        return this;
    }

    /** How often an entry is handed out before it becomes a dead letter. 3 unless said otherwise. */
    public RedisStreamsSourceBuilder tries(int tries) {
        this.tries = tries;
        return this;
    }

    /** The stream for dead letters; null for {@code {stream}:dead} beside each. */
    public RedisStreamsSourceBuilder deadLetters(@Nullable String stream) {
        deadLetters = stream;
        return this;
    }

    /** About how many entries a stream of a work queue keeps; 0, all of them, unless said otherwise. */
    public RedisStreamsSourceBuilder keep(long entries) {
        keep = entries;
        return this;
    }

    /** How many entries an answer has at most. 100 unless said otherwise. */
    public RedisStreamsSourceBuilder batch(int entries) {
        batch = entries;
        return this;
    }

    /** How often a sign of life is given while nothing comes. 10 s unless said otherwise. */
    public RedisStreamsSourceBuilder heartbeat(Duration heartbeat) {
        this.heartbeat = requireNonNull(heartbeat, "heartbeat is null");
        return this;
    }

    /** How long Redis may take for an answer, besides what a read blocks. 5 s unless said otherwise. */
    public RedisStreamsSourceBuilder timeout(Duration timeout) {
        this.timeout = requireNonNull(timeout, "timeout is null");
        return this;
    }

    /**
     * Makes the source; connects to nothing.
     *
     * @throws ChangecastException with what is wrong
     */
    public RedisStreamsSource build() {
        List<String> problems = new ArrayList<>();
        RedisServer server = server(problems);
        List<FieldColumn> parsed = new ArrayList<>();
        for (String column : columns) {
            try {
                parsed.add(FieldColumn.parse(column));
            } catch (IllegalArgumentException e) {
                problems.add(e.getMessage());
            }
        }
        if (server == null || !problems.isEmpty()) {
            throw new ChangecastException(ErrorCode.BAD_CONFIGURATION, String.join("; ", problems));
        }
        Mapping mapping = new Mapping(parsed, key, operation, collectionField, collections, (int)
                Math.max(0, Math.min(entryBytes, Integer.MAX_VALUE)));
        return new RedisStreamsSource(new RedisStreamsOptions(
                name == null ? streams.isEmpty() ? "redis" : streams.get(0) : name,
                server,
                streams,
                mapping,
                fromBeginning,
                group == null ? null : queue(group),
                batch,
                heartbeat,
                timeout));
    }

    private @Nullable RedisServer server(List<String> problems) {
        try {
            RedisServer server = RedisServer.of(url).and(nodes);
            if (user != null || password != null) {
                if (server.hasLogin()) {
                    problems.add("the login stands in the url too: leave it out of one of them");
                } else if (password == null) {
                    problems.add("a user has a password: give it too");
                }
                server = server.login(user, password);
            }
            return sockets == null ? server : server.tls(sockets);
        } catch (IllegalArgumentException e) {
            problems.add(e.getMessage());
            return null;
        }
    }

    private QueueOptions queue(String sharedBy) {
        return new QueueOptions(sharedBy, consumer == null ? host() : consumer, claimAfter, tries, deadLetters, keep);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName().replaceAll("\\s", "_");
        } catch (UnknownHostException e) {
            return "changecast";
        }
    }
}
