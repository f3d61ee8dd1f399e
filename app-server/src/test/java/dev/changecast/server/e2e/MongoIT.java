package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.mongo.standin.ReplicaSetStandIn;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.Message;
import dev.changecast.testing.PollClient;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The panel of a proxy service over MongoDB, for which a stand-in answers: users for themselves, traffic for everybody. */
@ExtendWith(ServerLogs.class)
class MongoIT {
    private static final String YAML = """
            history: { directory: history }
            sources:
              mongo: { type: mongodb, url: "%s" }
            routes:
              - from: mongo/app.users
                event: user_update
                read: everyone
                rows: { status: active }
                hide: [password]
              - from: mongo/app.traffic
                event: traffic_update
                read: everyone
            """;

    @TempDir
    private Path directory;

    private ReplicaSetStandIn mongo;
    private ServerProcess server;

    @BeforeEach
    void start() {
        mongo = ReplicaSetStandIn.started();
        mongo.run("app", "{create: 'users', changeStreamPreAndPostImages: {enabled: true}}");
        mongo.run(
                "app",
                "{insert: 'users', documents: [{_id: 1, email_as_id: 'anna', status: 'active', password: 'hidden'},"
                        + " {_id: 2, email_as_id: 'ben', status: 'blocked', password: 'hidden'}]}");
        mongo.run("app", "{insert: 'traffic', documents: [{_id: 'anna', bytes: NumberLong('9007199254740993')}]}");
        startServer();
    }

    private void startServer() {
        server = ServerProcess.start(directory.resolve("server"), YAML.formatted(mongo.url("app")))
                .awaitReady();
    }

    @AfterEach
    void stop() {
        server.close();
        mongo.close();
    }

    private PollClient poll(String... commands) {
        return PollClient.connect(URI.create("http://127.0.0.1:" + server.port() + "/poll"), Map.of(), commands);
    }

    @Test
    void rowsThenChangesUnderARuleAndWithoutWhatIsHidden() {
        try (PollClient client = poll("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"users\"}")) {
            assertThat(client.await("snapshot").json())
                    .contains("{\"_id\":1,\"email_as_id\":\"anna\",\"status\":\"active\"}")
                    .doesNotContain("ben");
            client.await("ready");
            mongo.run("app", "{update: 'users', updates: [{q: {_id: 2}, u: {$set: {status: 'active'}}}]}");
            mongo.run("app", "{update: 'users', updates: [{q: {_id: 1}, u: {$set: {password: 'changed'}}}]}");
            mongo.run("app", "{update: 'users', updates: [{q: {_id: 1}, u: {$set: {status: 'blocked'}}}]}");
            mongo.run("app", "{delete: 'users', deletes: [{q: {_id: 2}, limit: 1}]}");
            mongo.run(
                    "app",
                    "{insert: 'users', documents: [{_id: 9, email_as_id: 'eve', status: 'active', password: 'hidden'}]}");
            client.await("eve", message -> message.isChange() && message.number("key._id") == 9);
            assertThat(client.received().changes())
                    .extracting(
                            change -> change.text("type") + " " + change.text("action") + " " + change.text("key._id"))
                    .containsExactly(
                            "user_update insert 2",
                            "user_update delete 1",
                            "user_update delete 2",
                            "user_update insert 9");
            assertThat(client.received().all())
                    .noneMatch(message -> message.json().contains("password")
                            || message.json().contains("hidden")
                            || message.json().contains("changed"));
        }
    }

    @Test
    void theMetricsTellOfTheStreamAndOfConnections() {
        Eventually.await("the stream to be followed", () -> {
            Scrape now = Scrape.of(server.port(), "");
            return now.has("changecast_mongo_behind_seconds", "source", "mongo")
                    && now.value("changecast_mongo_behind_seconds", "source", "mongo") < 60
                    && now.value("changecast_mongo_connections", "source", "mongo", "state", "active") >= 1;
        });
    }

    @Test
    void aFilterThatNeedsTheOldRowIsRefusedWithTheCommandThatHelps() {
        try (PollClient client =
                poll("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"traffic\",\"filter\":{\"bytes\":1}}")) {
            Message refused = client.await("4014", message -> message.is("error") && message.number("code") == 4014);
            assertThat(refused.text("message")).contains("collMod: \\\"traffic\\\"".replace("\\", ""));
        }
    }

    @Test
    void aServerThatWasKilledGoesOnWhereItsLogEnds() {
        String since;
        String channel;
        try (PollClient client = poll("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"traffic\"}")) {
            assertThat(client.await("snapshot").json()).contains("\"bytes\":9007199254740993");
            Message ready = client.await("ready");
            since = ready.text("offsets.mongo");
            channel = ready.text("channel");
            mongo.run("app", "{insert: 'traffic', documents: [{_id: 'one', bytes: 1}]}");
            client.await("one", message -> message.isChange());
        }
        server.kill();
        mongo.run("app", "{insert: 'traffic', documents: [{_id: 'two', bytes: 2}]}");
        startServer();
        try (PollClient client =
                poll("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"traffic\",\"since\":{\"mongo\":\"" + since
                        + "\"},\"channel\":\"" + channel + "\"}")) {
            client.await("ready");
            mongo.run("app", "{insert: 'traffic', documents: [{_id: 'three', bytes: 3}]}");
            client.await("three", message -> message.isChange() && "three".equals(message.text("key._id")));
            assertThat(client.received().all()).noneMatch(message -> message.is("reset"));
            assertThat(client.received().changes())
                    .extracting(change -> change.text("key._id"))
                    .containsExactly("one", "two", "three");
        }
    }

    @Test
    void aFieldThatNoDocumentHadBeforeIsAnotherShapeForWhoHoldsRows() {
        try (PollClient client = poll("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"traffic\"}")) {
            client.await("ready");
            mongo.run("app", "{insert: 'traffic', documents: [{_id: 'new', bytes: 1, node: 'eu-1'}]}");
            Message reset = client.await("reset");
            assertThat(reset.text("reason")).isEqualTo("schema_changed");
            client.await(
                    "the new rows",
                    message -> message.is("snapshot") && message.json().contains("\"node\":\"eu-1\""));
        }
    }

    @Test
    void historyThatIsLostWhileTheServerIsAwayIsToldToItsClients() {
        String since;
        String channel;
        try (PollClient client = poll("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"traffic\"}")) {
            Message ready = client.await("ready");
            since = ready.text("offsets.mongo");
            channel = ready.text("channel");
        }
        server.close();
        mongo.run("app", "{insert: 'traffic', documents: [{_id: 'never told', bytes: 2}]}");
        mongo.loseHistory();
        startServer();
        try (PollClient client =
                poll("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"traffic\",\"since\":{\"mongo\":\"" + since
                        + "\"},\"channel\":\"" + channel + "\"}")) {
            assertThat(client.await("reset").text("reason")).isIn("slot_lost", "window_passed");
            client.await(
                    "all rows",
                    message -> message.is("snapshot") && message.json().contains("never told"));
        }
    }
}
