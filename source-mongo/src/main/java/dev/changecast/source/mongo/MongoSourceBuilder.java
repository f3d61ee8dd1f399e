package dev.changecast.source.mongo;

import static java.util.Objects.requireNonNull;

import com.mongodb.client.MongoClient;
import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what a {@link MongoSource} is made of. {@link #url} or {@link #client} is required. */
public final class MongoSourceBuilder {
    private @Nullable MongoClient client;
    private String name = "mongodb";
    private @Nullable String url;
    private @Nullable String user;
    private @Nullable String password;
    private @Nullable List<String> collections;
    private List<String> fields = List.of();
    private boolean bigintAsText;

    MongoSourceBuilder() {}

    /** A connection string: {@code mongodb://host1,host2/app?replicaSet=rs0} or {@code mongodb+srv://host/app}. */
    public MongoSourceBuilder url(String url) {
        this.url = requireNonNull(url, "url is null");
        return this;
    }

    /** A client of yours, which stays yours to close; it needs {@link #collections}. Its threads may not be interrupted. */
    public MongoSourceBuilder client(MongoClient client) {
        this.client = requireNonNull(client, "client is null");
        return this;
    }

    /** Who connects, where the connection string does not say it. */
    public MongoSourceBuilder user(@Nullable String user, @Nullable String password) {
        this.user = user;
        this.password = password;
        return this;
    }

    /**
     * Which collections: {@code database.collection} with {@code *} as wildcard. All of the database that the connection
     * string names unless said otherwise. Those of one database are read from a stream of that database, others from a
     * stream of the whole cluster.
     */
    public MongoSourceBuilder collections(String... collections) {
        this.collections = List.of(collections);
        return this;
    }

    /**
     * The fields of collections: {@code app.users.email string}. A collection with declared fields has these and {@code
     * _id}, and nothing else of it is captured; the others have the fields that are found at the top level of their
     * documents.
     */
    public MongoSourceBuilder fields(String... fields) {
        this.fields = List.of(fields);
        return this;
    }

    /** For the names of threads, and for messages. */
    public MongoSourceBuilder name(String name) {
        this.name = requireNonNull(name, "name is null");
        return this;
    }

    /** Whether Int64 is written as a JSON string, for clients that hold integers in doubles. */
    public MongoSourceBuilder bigintAsText(boolean bigintAsText) {
        this.bigintAsText = bigintAsText;
        return this;
    }

    /**
     * Makes the source; connects to nothing.
     *
     * @throws ChangecastException with all that is wrong
     */
    public MongoSource build() {
        if ((url == null) == (client == null)) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION,
                    "one of url(...) and client(...) says where to read changes, and not both");
        }
        List<String> problems = new ArrayList<>();
        List<CollectionPattern> patterns = new ArrayList<>();
        for (String collection : wanted()) {
            try {
                patterns.add(CollectionPattern.parse(collection));
            } catch (ChangecastException e) {
                problems.add(e.getMessage());
            }
        }
        List<FieldDeclaration> declarations = new ArrayList<>();
        for (String field : fields) {
            try {
                declarations.add(FieldDeclaration.parse(field));
            } catch (ChangecastException e) {
                problems.add(e.getMessage());
            }
        }
        if (!problems.isEmpty()) {
            throw new ChangecastException(ErrorCode.BAD_CONFIGURATION, String.join("; ", problems));
        }
        return new MongoSource(
                new MongoOptions(name, url, user, password, patterns, declarations, bigintAsText), client);
    }

    private List<String> wanted() {
        if (collections != null) {
            return collections;
        }
        String database = url == null ? null : MongoOptions.databaseIn(url);
        return database == null ? List.of() : List.of(database + ".*");
    }
}
