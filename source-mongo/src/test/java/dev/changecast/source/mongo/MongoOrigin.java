package dev.changecast.source.mongo;

import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.ChangeStreamPreAndPostImagesOptions;
import com.mongodb.client.model.CreateCollectionOptions;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.Row;
import dev.changecast.mongo.standin.ReplicaSetStandIn;
import dev.changecast.testing.Capability;
import dev.changecast.testing.Item;
import dev.changecast.testing.Origin;
import dev.changecast.testing.Write;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;

/** A collection of a replica set. */
final class MongoOrigin implements Origin {
    private static final String PASSWORD = "hidden-from-all";
    private static final String COLLECTION = "items";

    private final TestReplicaSet server;
    private final String database;
    private final boolean images;

    /** @param images whether the collection keeps documents as they were before and after each change */
    MongoOrigin(TestReplicaSet server, boolean images) {
        this.server = server;
        this.database = server.newDatabase();
        this.images = images;
        createCollection();
    }

    private void createCollection() {
        server.client()
                .getDatabase(database)
                .createCollection(
                        COLLECTION,
                        new CreateCollectionOptions()
                                .changeStreamPreAndPostImagesOptions(new ChangeStreamPreAndPostImagesOptions(images)));
    }

    @Override
    public Replay replay() {
        return Replay.FROM_POSITION;
    }

    @Override
    public Set<Capability> capabilities() {
        EnumSet<Capability> capabilities = EnumSet.complementOf(EnumSet.of(
                Capability.KEEPS_UNREAD,
                Capability.RECOGNISES_GIVEN,
                Capability.KEY_CHANGES,
                Capability.TRUNCATES,
                Capability.MESSAGES));
        if (!images) {
            capabilities.remove(Capability.ROWS_AS_THEY_WERE);
        }
        if (server.isReal()) {
            capabilities.removeAll(
                    EnumSet.of(Capability.BREAKS, Capability.LOSES_HISTORY, Capability.REPLACES_HISTORY));
        }
        return capabilities;
    }

    private MongoSourceBuilder builder() {
        return MongoSource.builder().fields(database + ".items._id number", database + ".items.text string");
    }

    @Override
    public ChangeSource source() {
        return builder().url(server.url(database)).build();
    }

    @Override
    public ChangeSource absent() {
        return silent(ReplicaSetStandIn.freePort());
    }

    @Override
    public ChangeSource silent(int port) {
        String url = "mongodb://anna:" + PASSWORD + "@127.0.0.1:" + port + "/" + database
                + "?serverSelectionTimeoutMS=2000&connectTimeoutMS=1000";
        return builder().url(url).build();
    }

    @Override
    public List<String> secrets() {
        return List.of(PASSWORD);
    }

    @Override
    public String relation() {
        return database + "." + COLLECTION;
    }

    @Override
    public Item read(Relation relation, Row row) {
        String key = Objects.requireNonNull(row.text(relation.indexOf("_id")));
        return new Item(Long.parseLong(key), row.text(relation.indexOf("text")));
    }

    @Override
    public void commit(List<Write> writes) {
        transaction(writes, true);
    }

    @Override
    public void rollBack(List<Write> writes) {
        transaction(writes, false);
    }

    private void transaction(List<Write> writes, boolean keep) {
        try (ClientSession session = server.client().startSession()) {
            session.startTransaction();
            List<BsonDocument> inserts = new ArrayList<>();
            for (Write write : writes) {
                if (write.kind() == Write.Kind.INSERT) {
                    inserts.add(new BsonDocument("_id", new BsonInt64(write.key())).append("text", text(write)));
                } else {
                    insert(session, inserts);
                    write(session, write);
                }
            }
            insert(session, inserts);
            if (keep) {
                session.commitTransaction();
            } else {
                session.abortTransaction();
            }
        }
    }

    private void insert(ClientSession session, List<BsonDocument> documents) {
        if (!documents.isEmpty()) {
            server.collection(database, COLLECTION).insertMany(session, documents);
            documents.clear();
        }
    }

    private void write(ClientSession session, Write write) {
        MongoCollection<BsonDocument> items = server.collection(database, COLLECTION);
        BsonDocument key = new BsonDocument("_id", new BsonInt64(write.key()));
        switch (write.kind()) {
            case UPDATE ->
                items.updateOne(session, key, new BsonDocument("$set", new BsonDocument("text", text(write))));
            case DELETE -> items.deleteOne(session, key);
            default -> throw new UnsupportedOperationException("MongoDB has no " + write.kind());
        }
    }

    private static BsonString text(Write write) {
        return new BsonString(Objects.requireNonNull(write.text()));
    }

    @Override
    public void breakConnection() {
        if (server.isReal()) {
            throw new UnsupportedOperationException("its members are not reached through a proxy");
        }
        server.proxy().cut();
    }

    @Override
    public void loseHistory() {
        if (server.isReal()) {
            throw new UnsupportedOperationException("an oplog has a smallest size");
        }
        server.standIn().loseHistory();
    }

    @Override
    public void replaceHistory() {
        if (server.isReal()) {
            throw new UnsupportedOperationException("there is one replica set");
        }
        server.standIn().replace();
        // The writers' connections are broken; commands that only read are tried again by the driver.
        server.client().getDatabase(database).listCollectionNames().first();
        createCollection();
    }

    @Override
    public boolean isOwnThread(String name) {
        return !name.startsWith("changecast") && !name.startsWith("test-");
    }

    @Override
    public void close() {
        MongoDatabase mine = server.client().getDatabase(database);
        mine.drop();
    }
}
