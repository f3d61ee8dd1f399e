package dev.changecast.core.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.core.Address;
import dev.changecast.core.History;
import dev.changecast.core.Message;
import dev.changecast.core.Route;
import dev.changecast.core.hub.FeedEvent;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.log.FeedLog;
import dev.changecast.core.log.LogEvents;
import dev.changecast.core.view.Collections;
import dev.changecast.core.view.RouteTable;
import dev.changecast.testing.Eventually;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages are for whoever is connected when they are published, also while the hub's thread has yet to begin. */
class LateHubTest {
    private static final LogEvents NOBODY = new LogEvents() {
        @Override
        public void appended() {}

        @Override
        public void durable(Checkpoint checkpoint) {}

        @Override
        public void blocked(String why) {}

        @Override
        public void unblocked() {}
    };

    private final List<FeedEvent> events = new CopyOnWriteArrayList<>();

    @TempDir
    private Path directory;

    private static void publish(FeedLog log, long at) throws InterruptedException {
        log.begin(null, new Position(at, 1), Instant.EPOCH);
        Message message = Message.to(Address.broadcast(), "notification", "{}");
        log.change(2, MessageRow.RELATION, Operation.INSERT, new MessageRow(message), null);
        log.commit(Checkpoint.at(new Position(at, 3)));
        Eventually.await("the message to be durable", () -> log.head().equals(new Position(at, 3)));
    }

    private void hub(FeedLog log, FeedHub hub) {
        hub.start();
        try {
            Eventually.await(
                    "the last message",
                    () -> events.stream()
                            .anyMatch(event -> event instanceof FeedEvent.Published published
                                    && published.end().equals(log.head())));
        } finally {
            hub.close();
        }
    }

    private FeedHub hub(FeedLog log) {
        Collections collections =
                new Collections(new RouteTable(List.of(Route.from("pg/*").readEveryone())));
        return new FeedHub("live", log, collections, new Unlogged(), List.of((hub, round) -> events.addAll(round)));
    }

    private long published() {
        return events.stream().filter(FeedEvent.Published.class::isInstance).count();
    }

    @Test
    void whatWasPublishedBeforeItBeginsIsToldInANewLog() throws Exception {
        try (FeedLog log = FeedLog.open("live", History.in(directory), true, NOBODY)) {
            FeedHub hub = hub(log);
            log.restart("e1", Checkpoint.at(Position.ZERO));
            publish(log, 10);
            publish(log, 20);
            hub(log, hub);
            assertThat(published()).isEqualTo(2);
        }
    }

    @Test
    void whatAnEarlierProcessPublishedIsNot() throws Exception {
        try (FeedLog log = FeedLog.open("live", History.in(directory), true, NOBODY)) {
            log.restart("e1", Checkpoint.at(Position.ZERO));
            publish(log, 10);
        }
        try (FeedLog log = FeedLog.open("live", History.in(directory), true, NOBODY)) {
            FeedHub hub = hub(log);
            publish(log, 20);
            hub(log, hub);
            assertThat(published()).isEqualTo(1);
        }
    }
}
