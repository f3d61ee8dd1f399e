package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that take what is written and never deliver it: what no session has got waits for the next. */
class LostNotificationsTest {
    @TempDir
    private Path directory;

    private TestEngine engine;

    @AfterEach
    void close() {
        engine.close();
    }

    private void start() {
        engine = TestEngine.start().awaitBegun();
    }

    private void startOnDisk() {
        engine = TestEngine.start(new InMemorySource(DESKS), builder -> builder.history(History.in(directory)))
                .awaitBegun();
    }

    private void publish(String to, String type, int number) {
        try {
            engine.changecast
                    .publish(dev.changecast.core.Message.to(Address.parse(to), type, "{\"n\":" + number + "}"))
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Notifies ann, and waits until all threads that own sessions have handed that out. */
    private void notifyAnn(int... numbers) {
        for (int number : numbers) {
            publish("user:ann", "notification", number);
        }
        engine.awaitHandedOut();
    }

    private LoopbackClient ann() {
        LoopbackClient client = engine.connect("ann");
        client.await("welcome");
        return client;
    }

    /** One whose network takes everything. */
    private LoopbackClient annWithoutNetwork() {
        return engine.opened(
                engine.client().header("User", "ann").losingEverythingAfter(0).connect());
    }

    private LoopbackClient annSince(String offset) {
        LoopbackClient client = engine.opened(engine.client()
                .header("User", "ann")
                .parameter("since", json("{'live':'" + offset + "'}"))
                .connect());
        client.await("welcome");
        return client;
    }

    private static void awaitLost(LoopbackClient client, int messages) {
        Eventually.await(
                "the network to have taken and lost " + messages + " messages", () -> client.lost() >= messages);
    }

    private static Message awaitNote(LoopbackClient client, int number) {
        return client.await(
                "notification " + number,
                message -> message.is("notification") && message.number("content.n") == number);
    }

    private static List<Integer> notes(LoopbackClient client) {
        return client.received().all("notification").stream()
                .map(message -> (int) message.number("content.n"))
                .toList();
    }

    /** Whatever it has got so far, no notification is still to come. */
    private void awaitNothingMore(LoopbackClient client) {
        publish("broadcast", "end", 0);
        client.await("end");
    }

    /** Waits until a session that begins now is sent nothing. */
    private void awaitNothingWaits() {
        Eventually.await("nothing to wait", () -> {
            LoopbackClient client = ann();
            boolean nothing = client.received().all("welcome").get(0).text("sources.live.offset") != null;
            client.drop();
            return nothing;
        });
    }

    @Test
    void whoGotNothingAtAllComesBackToEverythingInOrder() {
        start();
        notifyAnn(1, 2);
        LoopbackClient lost = annWithoutNetwork();
        // Welcome, how many come, and what waits; then its place.
        awaitLost(lost, 5);
        notifyAnn(3);
        awaitLost(lost, 7);
        lost.drop();
        assertThat(lost.received().all()).isEmpty();
        LoopbackClient back = ann();
        awaitNote(back, 3);
        awaitNothingMore(back);
        assertThat(notes(back)).containsExactly(1, 2, 3);
        assertThat(back.received().all("waiting").get(0).number("count")).isEqualTo(3);
        awaitNothingWaits();
    }

    @Test
    void whoGotTheWelcomeAloneComesBackToEverything() {
        start();
        notifyAnn(1, 2);
        LoopbackClient first = engine.opened(
                engine.client().header("User", "ann").losingEverythingAfter(1).connect());
        awaitLost(first, 3);
        first.drop();
        // It was told no place, as something was to come before.
        assertThat(first.received().all("welcome").get(0).text("sources.live.offset"))
                .isNull();
        LoopbackClient back = ann();
        awaitNote(back, 2);
        assertThat(notes(back)).containsExactly(1, 2);
    }

    @Test
    void whoGotTheBeginningComesBackWithItsOffsetAndGetsTheRestOnce() {
        start();
        notifyAnn(1);
        LoopbackClient first = ann();
        String offset = awaitNote(first, 1).text("offset");
        awaitNothingWaits();
        first.loseEverything();
        notifyAnn(2, 3);
        awaitLost(first, 3);
        first.drop();
        assertThat(notes(first)).containsExactly(1);
        LoopbackClient back = annSince(String.valueOf(offset));
        awaitNote(back, 3);
        awaitNothingMore(back);
        assertThat(notes(back)).containsExactly(2, 3);
        awaitNothingWaits();
    }

    @Test
    void whoGotTheBeginningAndKeptNoOffsetGetsTheRestOnce() {
        start();
        LoopbackClient first = ann();
        notifyAnn(1);
        awaitNote(first, 1);
        awaitNothingWaits();
        first.loseEverything();
        notifyAnn(2, 3);
        awaitLost(first, 3);
        first.drop();
        LoopbackClient back = ann();
        awaitNote(back, 3);
        assertThat(notes(back)).containsExactly(2, 3);
        awaitNothingWaits();
    }

    @Test
    void whatADeadDeviceWasSentTheOtherHasGotAndTheDeadOneGetsByItsOffset() {
        start();
        LoopbackClient phone = ann();
        String offset = phone.received().all("welcome").get(0).text("sources.live.offset");
        LoopbackClient desktop = ann();
        phone.loseEverything();
        notifyAnn(1);
        awaitNote(desktop, 1);
        awaitNothingWaits();
        phone.drop();
        LoopbackClient back = annSince(String.valueOf(offset));
        awaitNote(back, 1);
        awaitNothingMore(back);
        assertThat(notes(back)).containsExactly(1);
        awaitNothingMore(desktop);
        assertThat(notes(desktop)).containsExactly(1);
    }

    @Test
    void twoThatComeWhileItIsNotKnownWhetherTheFirstHasGotItGetItOnceEach() {
        start();
        notifyAnn(1, 2);
        LoopbackClient silent = engine.opened(
                engine.client().header("User", "ann").ignoringPings().connect());
        LoopbackClient dead = annWithoutNetwork();
        awaitLost(dead, 2);
        LoopbackClient second = ann();
        awaitNote(second, 2);
        awaitNothingMore(second);
        assertThat(notes(second)).containsExactly(1, 2);
        assertThat(notes(silent)).isSubsetOf(1, 2).doesNotHaveDuplicates();
        awaitNothingWaits();
    }

    @Test
    void whatIsOnItsWayWhenTheServerEndsWaitsForTheNextStart() {
        startOnDisk();
        LoopbackClient client = ann();
        notifyAnn(1);
        awaitNote(client, 1);
        awaitNothingWaits();
        client.loseEverything();
        notifyAnn(2);
        awaitLost(client, 2);
        engine.close();
        startOnDisk();
        LoopbackClient back = ann();
        awaitNote(back, 2);
        awaitNothingMore(back);
        assertThat(notes(back)).containsExactly(2);
        awaitNothingWaits();
    }

    @Test
    void theUserIsToldAgainHowManyHadToGoWhenNobodyWasTold() {
        engine = TestEngine.start(builder -> builder.notifications(Notifications.DEFAULT.perUser(2)))
                .awaitBegun();
        notifyAnn(1, 2, 3);
        LoopbackClient lost = annWithoutNetwork();
        awaitLost(lost, 4);
        lost.drop();
        LoopbackClient back = ann();
        assertThat(back.await("waiting").number("dropped")).isEqualTo(1);
        awaitNote(back, 3);
        assertThat(notes(back)).containsExactly(2, 3);
    }
}
