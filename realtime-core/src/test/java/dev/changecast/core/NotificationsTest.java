package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Notifications reach users who were not connected when they were published. */
class NotificationsTest {
    private static final Limits SMALL_QUEUE =
            new Limits(100, 100, 100, 100, 512 * 1024, 16 * 1024, 100_000, 60_000, Set.of());

    @TempDir
    private Path directory;

    private TestEngine engine;

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }

    private void start() {
        engine = TestEngine.start().awaitBegun();
    }

    private void startOnDisk() {
        engine = TestEngine.start(new InMemorySource(DESKS), builder -> builder.history(History.in(directory)))
                .awaitBegun();
    }

    private static dev.changecast.core.Message note(int number, Address... to) {
        return new dev.changecast.core.Message(List.of(to), "notification", "{\"n\":" + number + "}", null, false);
    }

    private Receipt publish(dev.changecast.core.Message message) {
        return of(engine.changecast.publish(message));
    }

    /** Publishes, and waits until all threads that own sessions have handed it out. */
    private Receipt publishSeen(dev.changecast.core.Message message) {
        Receipt receipt = publish(message);
        engine.awaitHandedOut();
        return receipt;
    }

    private static <T> T of(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static LoopbackClient welcomed(LoopbackClient client) {
        client.await("welcome");
        return client;
    }

    private LoopbackClient connect(String user) {
        return welcomed(engine.connect(user));
    }

    private LoopbackClient resume(String user, String offset) {
        return welcomed(engine.opened(engine.client()
                .header("User", user)
                .parameter("since", json("{'live':'" + offset + "'}"))
                .connect()));
    }

    private static List<Integer> notes(LoopbackClient client) {
        return client.received().all("notification").stream()
                .map(message -> (int) message.number("content.n"))
                .toList();
    }

    private static Message awaitNote(LoopbackClient client, int number) {
        return client.await(
                "notification " + number,
                message -> message.is("notification") && message.number("content.n") == number);
    }

    /** Waits until a session that begins now is sent nothing. */
    private void awaitNothingWaits(String user) {
        Eventually.await("nothing to wait for " + user, () -> {
            LoopbackClient client = connect(user);
            boolean nothing = client.received().all("welcome").get(0).text("sources.live.offset") != null;
            client.drop();
            return nothing;
        });
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    @Test
    void whoWasAwayGetsThemInOrderBeforeWhatIsNewerAndNobodyElseDoes() {
        start();
        publish(note(1, Address.user("ann")));
        publish(note(2, Address.user("bob"), Address.user("ann")));
        publishSeen(note(3, Address.user("ann")));
        LoopbackClient ann = connect("ann");
        publish(note(4, Address.user("ann")));
        awaitNote(ann, 4);
        assertThat(notes(ann)).containsExactly(1, 2, 3, 4);
        LoopbackClient bob = connect("bob");
        awaitNote(bob, 2);
        LoopbackClient carol = connect("carol");
        publish(note(5, Address.broadcast()));
        awaitNote(bob, 5);
        awaitNote(carol, 5);
        assertThat(notes(bob)).containsExactly(2, 5);
        assertThat(notes(carol)).containsExactly(5);
    }

    @Test
    void theFreshSessionIsToldHowManyComeAndItsPlaceWhenTheyHaveCome() {
        start();
        Receipt receipt = publishSeen(note(1, Address.user("ann")));
        LoopbackClient ann = connect("ann");
        awaitNote(ann, 1);
        Message place = ann.await("heartbeat");
        List<Message> all = ann.received().all();
        assertThat(all).extracting(Message::type).startsWith("welcome", "waiting", "notification", "heartbeat");
        assertThat(all.get(0).text("sources.live.offset")).isNull();
        assertThat(all.get(1).json())
                .isEqualTo("{\"type\":\"waiting\",\"channel\":\"user:ann\",\"count\":1,\"dropped\":0}");
        assertThat(all.get(2).text("offset")).isEqualTo(receipt.offset());
        assertThat(all.get(2).text("channel")).isEqualTo("user:ann");
        // From there nothing is missed and nothing comes again.
        publish(note(2, Address.user("ann")));
        awaitNote(ann, 2);
        LoopbackClient resumed = resume("ann", place.text("offsets.live"));
        awaitNote(resumed, 2);
        assertThat(notes(resumed)).containsExactly(2);
    }

    @Test
    void whatWasSentToOneSessionOfAUserWaitsForNoOther() {
        start();
        publishSeen(note(1, Address.user("ann")));
        LoopbackClient first = connect("ann");
        awaitNote(first, 1);
        awaitNothingWaits("ann");
        // Nor does what a session gets that is there.
        publishSeen(note(2, Address.user("ann")));
        awaitNote(first, 2);
        awaitNothingWaits("ann");
    }

    @Test
    void aFurtherDeviceThatResumesGetsWhatItMissedWhoeverElseHadIt() {
        start();
        LoopbackClient phone = connect("ann");
        String offset = phone.received().all("welcome").get(0).text("sources.live.offset");
        phone.drop();
        publishSeen(note(1, Address.user("ann")));
        awaitNote(connect("ann"), 1);
        awaitNothingWaits("ann");
        LoopbackClient back = resume("ann", offset);
        awaitNote(back, 1);
        assertThat(notes(back)).containsExactly(1);
        assertThat(back.received().all("waiting")).isEmpty();
    }

    @Test
    void whatCameByAResumeWaitsNoLonger() {
        start();
        LoopbackClient client = connect("ann");
        String offset = client.received().all("welcome").get(0).text("sources.live.offset");
        client.drop();
        publishSeen(note(1, Address.user("ann")));
        awaitNote(resume("ann", offset), 1);
        awaitNothingWaits("ann");
    }

    @Test
    void whatWasNotWrittenToASlowSessionWaitsForTheNextOne() {
        start();
        LoopbackClient stuck =
                engine.opened(engine.client().header("User", "ann").notTaking().connect());
        publishSeen(note(1, Address.user("ann")));
        LoopbackClient other = connect("ann");
        awaitNote(other, 1);
        stuck.drop();
        assertThat(notes(stuck)).isEmpty();
    }

    @Test
    void aSessionThatEndsBeforeItWasSentAllLeavesTheRest() {
        engine = TestEngine.start(SMALL_QUEUE).awaitBegun();
        String large = "x".repeat(9000);
        for (int i = 0; i < 60; i++) {
            publish(dev.changecast.core.Message.to(
                    Address.user("ann"), "notification", "{\"n\":" + i + ",\"x\":\"" + large + "\"}"));
        }
        publishSeen(note(60, Address.user("ann")));
        LoopbackClient first =
                engine.opened(engine.client().header("User", "ann").notTaking().connect());
        // It takes something of them, and then breaks; in any case not the last.
        Eventually.await("the first ones", () -> {
            first.takeOne();
            return !notes(first).isEmpty();
        });
        first.drop();
        List<Integer> had = notes(first);
        LoopbackClient second = connect("ann");
        awaitNote(second, 60);
        List<Integer> both = new ArrayList<>(had);
        both.addAll(notes(second));
        assertThat(new java.util.TreeSet<>(both)).containsExactlyElementsOf(range(0, 61));
        assertThat(notes(second)).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void manyAreSentPartByPartWhileNewOnesGoOn() {
        engine = TestEngine.start(
                        builder -> builder.limits(SMALL_QUEUE).notifications(Notifications.DEFAULT.perUser(1200)))
                .awaitBegun();
        List<CompletionStage<Receipt>> receipts = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            receipts.add(engine.changecast.publish(note(i, Address.user("ann"))));
        }
        receipts.forEach(NotificationsTest::of);
        LoopbackClient ann = connect("ann");
        for (int i = 600; i < 1200; i++) {
            receipts.add(engine.changecast.publish(note(i, Address.user("ann"))));
        }
        awaitNote(ann, 1199);
        assertThat(notes(ann)).isEqualTo(range(0, 1200));
    }

    @Test
    void ofTooManyTheOldestOfTheLowestPriorityAreLeftOutAndTheUserIsTold() {
        engine = TestEngine.start(builder -> builder.notifications(Notifications.DEFAULT.perUser(3)))
                .awaitBegun();
        publish(note(1, Address.user("ann")).priority(Priority.HIGH));
        publish(note(2, Address.user("ann")).priority(Priority.LOW));
        publish(note(3, Address.user("ann")));
        publish(note(4, Address.user("ann")));
        publishSeen(note(5, Address.user("ann")));
        LoopbackClient ann = connect("ann");
        awaitNote(ann, 5);
        assertThat(notes(ann)).containsExactly(1, 4, 5);
        assertThat(ann.received().all("notification").get(0).text("priority")).isEqualTo("high");
        assertThat(ann.received().all("notification").get(1).has("priority")).isFalse();
        Message waiting = ann.received().all("waiting").get(0);
        assertThat(waiting.number("count")).isEqualTo(3);
        assertThat(waiting.number("dropped")).isEqualTo(2);
    }

    @Test
    void ephemeralOnesDoNotWaitNorDoThoseOfOtherTypesOrAddresses() {
        start();
        publish(note(1, Address.user("ann")).asEphemeral());
        publish(note(2, Address.broadcast()));
        publish(dev.changecast.core.Message.to(Address.user("ann"), "data_update", "{}"));
        publishSeen(note(3, Address.role("clerk")));
        LoopbackClient ann = connect("ann");
        assertThat(ann.received().all("welcome").get(0).text("sources.live.offset"))
                .isNotNull();
        publish(note(4, Address.user("ann")));
        awaitNote(ann, 4);
        assertThat(notes(ann)).containsExactly(4);
    }

    @Test
    void noneWaitWhereTheBoundIsNone() {
        engine = TestEngine.start(builder -> builder.notifications(Notifications.DEFAULT.perUser(0)))
                .awaitBegun();
        publishSeen(note(1, Address.user("ann")));
        LoopbackClient ann = connect("ann");
        publish(note(2, Address.user("ann")));
        awaitNote(ann, 2);
        assertThat(notes(ann)).containsExactly(2);
    }

    @Test
    void theyWaitOverARestartAndWhatWasDeliveredDoesNot() {
        startOnDisk();
        publishSeen(note(1, Address.user("ann")));
        awaitNote(connect("ann"), 1);
        awaitNothingWaits("ann");
        publish(note(2, Address.user("bob")));
        engine.close();
        startOnDisk();
        publish(note(3, Address.user("bob")));
        LoopbackClient bob = connect("bob");
        awaitNote(bob, 3);
        assertThat(notes(bob)).containsExactly(2, 3);
        awaitNothingWaits("ann");
    }

    @Test
    void whoWasAwayForLongerThanTheLogGoesBackIsSentWhatWaited() {
        engine = TestEngine.start(builder -> builder.history(History.inMemory().bytes(8 * 1024 * 1024)))
                .awaitBegun();
        LoopbackClient client = connect("ann");
        String offset = client.received().all("welcome").get(0).text("sources.live.offset");
        client.drop();
        publishSeen(note(1, Address.user("ann")));
        String large = "\"" + "x".repeat(400_000) + "\"";
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < 4; j++) {
                publish(dev.changecast.core.Message.to(Address.user("nobody"), "large", large));
            }
            // The log must not pass those who hand it out, too: they would begin anew, and tell everybody so.
            publishSeen(dev.changecast.core.Message.to(Address.user("nobody"), "large", large));
        }
        publishSeen(note(2, Address.user("ann")));
        LoopbackClient back = resume("ann", offset);
        awaitNote(back, 2);
        back.await("heartbeat");
        assertThat(back.received().all("reset")).hasSize(1);
        assertThat(back.received().all("reset").get(0).text("reason")).isEqualTo("window_passed");
        assertThat(back.received().all("reset").get(0).has("offsets.live")).isFalse();
        assertThat(notes(back)).containsExactly(1, 2);
    }

    @Test
    void boundsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> Notifications.DEFAULT.perUser(-1)).hasMessageContaining("0 to 10000");
        assertThatThrownBy(() -> Notifications.DEFAULT.keep(Duration.ZERO)).hasMessageContaining("more than nothing");
        assertThatThrownBy(() -> Notifications.DEFAULT.total(0)).hasMessageContaining("in all");
        assertThatThrownBy(() -> Notifications.DEFAULT.bytes(1)).hasMessageContaining("1 MiB");
        assertThatThrownBy(() -> note(1, Address.broadcast()).ttl(Duration.ZERO))
                .hasMessageContaining("waits for 1 second to 365 days, not 0.0 seconds");
    }
}
