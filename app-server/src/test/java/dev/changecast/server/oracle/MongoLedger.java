package dev.changecast.server.oracle;

import dev.changecast.mongo.standin.ReplicaSetStandIn;
import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.testing.FaultProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * Collections of MongoDB, for which a stand-in answers. {@code row} and {@code account} keep images; {@code transfer} does
 * not, so that its documents are looked up when the change is read.
 */
final class MongoLedger implements Ledger {
    private static final String YAML = SETTINGS + """
            sources:
              mongo:
                type: mongodb
                url: "%s"
                fields: [app.row._id string, app.row.n number, app.row.kind string, app.account._id number,
                  app.account.balance number, app.transfer._id number, app.transfer.times number]
            routes:
              - { from: mongo/app.*, read: everyone }
            """;

    private final ReplicaSetStandIn mongo;
    private final FaultProxy database;
    private final ServerProcess server;
    private final FaultProxy clients;

    MongoLedger(Path directory) throws IOException {
        int port = ReplicaSetStandIn.freePort();
        database = FaultProxy.to(port);
        mongo = ReplicaSetStandIn.startedBehind(port, database.port());
        for (String collection : new String[] {COLLECTION, "account"}) {
            mongo.run("app", "{create: '" + collection + "', changeStreamPreAndPostImages: {enabled: true}}");
        }
        mongo.run("app", "{create: 'transfer'}");
        for (int i = 1; i <= LedgerRun.ACCOUNTS; i++) {
            mongo.run("app", "{insert: 'account', documents: [{_id: " + i + ", balance: " + LedgerRun.BALANCE + "}]}");
        }
        server = ServerProcess.start(directory.resolve("server"), YAML.formatted(mongo.url("app")))
                .awaitReady();
        clients = FaultProxy.to(server.port());
    }

    @Override
    public String source() {
        return "mongo";
    }

    @Override
    public ServerProcess server() {
        return server;
    }

    @Override
    public FaultProxy database() {
        return database;
    }

    @Override
    public FaultProxy clients() {
        return clients;
    }

    @Override
    public void endConnections() {
        mongo.killStreams();
    }

    @Override
    public void restartDatabase() {
        mongo.stop();
        mongo.start();
    }

    @Override
    public String key() {
        return "_id";
    }

    @Override
    public boolean isDatabase() {
        return true;
    }

    @Override
    public Session connect() {
        return new Session() {
            @Override
            public void insert(String key, String kind) {
                mongo.run("app", "{insert: 'row', documents: [{_id: '" + key + "', n: 1, kind: '" + kind + "'}]}");
            }

            @Override
            public void update(String key, int n, String kind) {
                // Counted by the database: what was asked before a connection broke may be done after it.
                mongo.run(
                        "app",
                        "{update: 'row', updates: [{q: {_id: '" + key + "'}, u: {$inc: {n: 1}, $set: {kind: '" + kind
                                + "'}}}]}");
            }

            @Override
            public void delete(String key) {
                mongo.run("app", "{delete: 'row', deletes: [{q: {_id: '" + key + "'}, limit: 1}]}");
            }

            @Override
            public void transfer(int from, int to, int amount) {
                mongo.transaction("app", move(from, -amount), move(to, amount), """
                        {update: 'transfer', updates: [{q: {_id: %d}, u: {$inc: {times: 1}}, upsert: true}]}
                        """.formatted(from));
            }

            private String move(int account, int amount) {
                return "{update: 'account', updates: [{q: {_id: " + account + "}, u: {$inc: {balance: " + amount
                        + "}}}]}";
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Map<String, ObjectNode> rows(String collection) {
        Map<String, ObjectNode> rows = new TreeMap<>();
        for (String json : mongo.documents("app", collection)) {
            ObjectNode row = (ObjectNode) FollowingClient.JSON.readTree(json);
            rows.put(row.get("_id") + "/", row);
        }
        return rows;
    }

    @Override
    public void close() throws IOException {
        clients.close();
        server.close();
        mongo.close();
        database.close();
    }
}
