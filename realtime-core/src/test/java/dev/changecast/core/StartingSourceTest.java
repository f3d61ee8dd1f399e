package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A source that has yet to prepare its database says nothing final about what there is. */
class StartingSourceTest {
    /** Names nothing until it captures, as one that makes its publication first. */
    private static final class Unprepared implements ChangeSource {
        private final InMemorySource database = new InMemorySource(DESKS);
        private final CountDownLatch prepared = new CountDownLatch(1);

        @Override
        public Replay replay() {
            return database.replay();
        }

        @Override
        public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
            prepared.await();
            database.run(start, sink);
        }

        @Override
        public void acknowledge(Checkpoint durable) {
            database.acknowledge(durable);
        }

        @Override
        public CheckResult check() {
            return database.check();
        }

        @Override
        public List<Relation> relations() throws Exception {
            return prepared.getCount() == 0 ? database.relations() : List.of();
        }

        @Override
        public void close() {
            prepared.countDown();
            database.close();
        }
    }

    @Test
    void whoAsksTooEarlyIsToldToTryAgainAndNotThatThereIsNoSuchCollection() {
        Unprepared source = new Unprepared();
        try (Changecast changecast = Changecast.builder()
                .source("pg", source)
                .authenticator(Authenticator.anonymous())
                .route(Route.from("pg/public.*").readEveryone())
                .build()) {
            changecast.start();
            LoopbackClient client = LoopbackClient.to(changecast.gateway()).connect();
            String subscribe = json("{'type':'subscribe','collection':'desks','snapshot':false}");
            client.send(subscribe);
            Message error = client.await("error");
            assertThat(error.number("code")).isEqualTo(4010);
            assertThat(error.text("message")).contains("the source 'pg' has not told yet what it has");
            source.prepared.countDown();
            Eventually.await("the collection", () -> {
                client.send(subscribe);
                Message answer = client.await("an answer", message -> message.is("subscribed") || message.is("error"));
                assertThat(answer.is("error") ? answer.number("code") : 4010).isEqualTo(4010);
                return answer.is("subscribed");
            });
            client.await("ready");
        }
    }
}
