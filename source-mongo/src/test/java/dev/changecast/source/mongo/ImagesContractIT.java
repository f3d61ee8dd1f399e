package dev.changecast.source.mongo;

import dev.changecast.testing.Origin;
import dev.changecast.testing.SourceContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** What the engine relies on, with a collection that keeps documents as they were. */
class ImagesContractIT extends SourceContract {
    private static TestReplicaSet server;

    @BeforeAll
    static void startServer() {
        server = TestReplicaSet.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @Override
    protected Origin origin() {
        return new MongoOrigin(server, true);
    }
}
