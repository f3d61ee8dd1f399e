package dev.changecast.source.mongo;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import dev.changecast.api.source.Relation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** The collections that are captured, with the columns that they have for us. Thread-safe; reads the database under its lock. */
final class CollectionCatalog {
    private static final Set<String> OWN_DATABASES = Set.of("admin", "config", "local");

    /** So many of the oldest documents, and as many of the newest, are looked at for their fields. */
    private static final int SAMPLE = 500;

    private final MongoConnection connection;
    private final MongoOptions options;
    private final Map<String, CapturedCollection> known = new HashMap<>();

    CollectionCatalog(MongoConnection connection, MongoOptions options) {
        this.connection = connection;
        this.options = options;
    }

    /**
     * A collection that a change is of, which may be gone by now; null when it is not captured. Looks it up when it is not
     * known, or was not there.
     */
    synchronized @Nullable CapturedCollection find(String database, String name) {
        if (!options.matches(database, name)) {
            return null;
        }
        CapturedCollection collection = known.get(database + "." + name);
        if (collection == null || collection.identity() == null) {
            BsonDocument info = database(database)
                    .listCollections(BsonDocument.class)
                    .filter(new BsonDocument("name", new BsonString(name)))
                    .first();
            if (info != null) {
                collection = isCollection(info) ? described(database, info) : null;
            } else if (collection == null) {
                collection = new CapturedCollection(database, name, null, false, options.fieldsOf(database, name));
            }
            if (collection != null) {
                known.put(collection.qualifiedName(), collection);
            }
        }
        return collection;
    }

    /** The name may stand for something else from now on. */
    synchronized void forget(String database, String name) {
        known.remove(database + "." + name);
    }

    /** All that there are. */
    synchronized List<Relation> relations() {
        List<CapturedCollection> present = new ArrayList<>();
        for (String database : databases()) {
            for (BsonDocument info : database(database).listCollections(BsonDocument.class)) {
                if (isCollection(info) && options.matches(database, name(info))) {
                    present.add(described(database, info));
                }
            }
        }
        known.clear();
        present.forEach(collection -> known.put(collection.qualifiedName(), collection));
        return present.stream()
                .map(CapturedCollection::relation)
                .sorted(Comparator.comparing(Relation::qualifiedName))
                .toList();
    }

    private Set<String> databases() {
        Set<String> databases = new HashSet<>();
        if (options.collections().stream().allMatch(CollectionPattern::isOfOneDatabase)) {
            options.collections().forEach(pattern -> databases.add(pattern.database()));
        } else {
            connection.client().listDatabaseNames().into(databases);
            databases.removeIf(name -> OWN_DATABASES.contains(name) || !options.matchesDatabase(name));
        }
        return databases;
    }

    private MongoDatabase database(String name) {
        return connection.client().getDatabase(name);
    }

    /** Views have no changes, and what is in a time series is stored in another form. */
    private static boolean isCollection(BsonDocument info) {
        BsonValue type = info.get("type");
        return type == null || type.equals(new BsonString("collection"));
    }

    private static String name(BsonDocument info) {
        return info.getString("name").getValue();
    }

    private CapturedCollection described(String database, BsonDocument info) {
        String name = name(info);
        String identity = identity(info);
        CapturedCollection collection = known.get(database + "." + name);
        if (collection == null
                || collection.identity() == null
                || !collection.identity().equals(identity)) {
            collection = new CapturedCollection(
                    database, name, identity, keepsImages(info), options.fieldsOf(database, name));
            if (!collection.isDeclared()) {
                collection.learn(sample(database, name));
            }
        }
        collection.images(keepsImages(info));
        return collection;
    }

    private List<BsonDocument> sample(String database, String name) {
        MongoCollection<BsonDocument> documents = database(database).getCollection(name, BsonDocument.class);
        List<BsonDocument> sample = new ArrayList<>();
        documents.find().limit(SAMPLE).into(sample);
        if (sample.size() == SAMPLE) {
            documents
                    .find()
                    .sort(new BsonDocument(CapturedCollection.ID, new BsonInt32(-1)))
                    .limit(SAMPLE)
                    .into(sample);
        }
        return sample;
    }

    private static String identity(BsonDocument info) {
        BsonValue uuid = info.getDocument("info", new BsonDocument()).get("uuid");
        return uuid instanceof BsonBinary binary ? HexFormat.of().formatHex(binary.getData()) : "no uuid";
    }

    private static boolean keepsImages(BsonDocument info) {
        return info.getDocument("options", new BsonDocument())
                .getDocument("changeStreamPreAndPostImages", new BsonDocument())
                .getBoolean("enabled", BsonBoolean.FALSE)
                .getValue();
    }
}
