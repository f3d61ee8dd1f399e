package dev.changecast.core;

import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import dev.changecast.testing.RelationBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** An engine over a scripted database with three tables that everybody may read, for tests. */
final class TestEngine implements AutoCloseable {
    /** Changes tell the key of the row before, when it changed. */
    static final Relation WORKSTATIONS = RelationBuilder.table("workstations")
            .key("id")
            .integer("floor_number")
            .text("status")
            .remedy("ALTER TABLE workstations REPLICA IDENTITY FULL")
            .build();

    /** Changes tell the whole row before. */
    static final Relation DESKS = RelationBuilder.table("desks")
            .key("id")
            .integer("floor_number")
            .text("label")
            .old(OldRow.FULL)
            .build();

    /** Has no key. */
    static final Relation EVENTS =
            RelationBuilder.table("events").text("what").old(OldRow.NONE).build();

    /** A limit for everything that is small, and heartbeats that do not disturb. */
    static final Limits LIMITS = new Limits(
            10_000, 10_000, 10_000, 100, 512 * 1024, 1024 * 1024, 100_000, 60_000, Set.of("https://app.example.com"));

    final InMemorySource source;
    final Changecast changecast;
    private final List<LoopbackClient> clients = new ArrayList<>();

    private TestEngine(InMemorySource source, Changecast changecast) {
        this.source = source;
        this.changecast = changecast;
    }

    static TestEngine start() {
        return start(builder -> builder);
    }

    static TestEngine start(Limits limits) {
        return start(builder -> builder.limits(limits));
    }

    /** An engine that is capturing. */
    static TestEngine start(UnaryOperator<Changecast.Builder> more) {
        return start(new InMemorySource(WORKSTATIONS, DESKS, EVENTS), more).awaitStreaming();
    }

    static TestEngine start(InMemorySource source, UnaryOperator<Changecast.Builder> more) {
        Changecast changecast = more.apply(Changecast.builder()
                        .source("pg", source)
                        .limits(LIMITS)
                        .authenticator(TestEngine::identify)
                        .route(Route.from("pg/public.*").readEveryone()))
                .build();
        changecast.start();
        return new TestEngine(source, changecast);
    }

    /** Who a client says it is; everybody is believed. */
    private static Optional<Identity> identify(dev.changecast.api.transport.Handshake handshake) {
        if (handshake.header("Refuse").isPresent()) {
            return Optional.empty();
        }
        return Optional.of(handshake
                .header("User")
                .map(user ->
                        new Identity(user, handshake.header("Role").map(Set::of).orElse(Set.of()), Map.of()))
                .orElse(Identity.anonymous()));
    }

    TestEngine awaitStreaming() {
        Eventually.await("the engine to capture", () -> {
            SourceStatus status = status();
            return status.state() == SourceStatus.State.STREAMING && status.delivered() != null;
        });
        return this;
    }

    /** Waits until everything that was committed is in the log. */
    void awaitCaptured() {
        Position end = source.end();
        Eventually.await(
                "the log to reach " + end,
                () -> status().position() != null && !status().position().isBefore(end));
    }

    /**
     * Waits until every thread that owns sessions knows where the published messages begin: whoever connects then is told in
     * the welcome.
     */
    TestEngine awaitBegun() {
        everywhere().forEach(LoopbackClient::drop);
        return this;
    }

    /** Waits until every thread that owns sessions has handed out what was published so far. All sessions get a broadcast. */
    void awaitHandedOut() {
        List<LoopbackClient> everywhere = everywhere();
        changecast.publish(dev.changecast.core.Message.to(Address.broadcast(), "handed_out", "0"));
        everywhere.forEach(client -> {
            client.await("handed_out");
            client.drop();
        });
    }

    /**
     * Sessions on all threads that own sessions. A new one goes to the thread with the fewest; these are so many that no
     * thread is left out, however the others are spread.
     */
    List<LoopbackClient> everywhere() {
        List<LoopbackClient> everywhere = new ArrayList<>();
        for (int i = 0; i < 4 * Runtime.getRuntime().availableProcessors(); i++) {
            LoopbackClient client = connect();
            everywhere.add(client);
            if (client.await("welcome").text("sources.live.offset") == null) {
                client.await("heartbeat");
            }
        }
        return everywhere;
    }

    SourceStatus status() {
        return changecast.sources().get(0);
    }

    LoopbackClient connect() {
        return opened(client().connect());
    }

    LoopbackClient connect(String user) {
        return opened(client().header("User", user).connect());
    }

    LoopbackClient.Builder client() {
        return LoopbackClient.to(changecast.gateway());
    }

    LoopbackClient opened(LoopbackClient client) {
        clients.add(client);
        return client;
    }

    /** Subscribes from the head and waits until that is ready; returns the channel. */
    static String follow(LoopbackClient client, String collection) {
        return follow(client, collection, "{}");
    }

    static String follow(LoopbackClient client, String collection, String filter) {
        client.send(json(
                "{'type':'subscribe','collection':'" + collection + "','snapshot':false,'filter':" + filter + "}"));
        String channel = channel(client.await("subscribed"));
        client.await("ready of " + channel, message -> message.is("ready") && channel.equals(message.text("channel")));
        return channel;
    }

    /** Subscribes with an offset, and does not wait. */
    static void resume(LoopbackClient client, String collection, String offset) {
        client.send(json("{'type':'subscribe','collection':'" + collection + "','snapshot':false,'since':{'pg':'"
                + offset + "'}}"));
    }

    static String channel(Message message) {
        return message.text("channel");
    }

    static boolean isCommit(Message message) {
        return message.is("commit") || "true".equals(message.text("commit"));
    }

    /** JSON with quotes that are easier to write in Java. */
    static String json(String text) {
        return text.replace('\'', '"');
    }

    @Override
    public void close() {
        clients.forEach(LoopbackClient::drop);
        Eventually.await("all sessions to have ended", () -> changecast.sessions() == 0);
        changecast.close();
    }
}
