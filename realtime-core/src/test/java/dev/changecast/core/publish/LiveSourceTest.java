package dev.changecast.core.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Position;
import dev.changecast.core.Address;
import dev.changecast.core.History;
import dev.changecast.core.Message;
import dev.changecast.core.Receipt;
import dev.changecast.core.capture.Feed;
import dev.changecast.core.hub.FeedEvent;
import dev.changecast.core.hub.FeedReceiver;
import dev.changecast.core.protocol.Offset;
import dev.changecast.core.view.Collections;
import dev.changecast.core.view.RouteTable;
import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Positions, ids and durability of published messages. */
class LiveSourceTest {
    private static final Instant START = Instant.parse("2026-01-02T03:04:05.678Z");

    @TempDir
    private Path directory;

    private final SettableClock clock = new SettableClock();
    private final List<Publication> delivered = new CopyOnWriteArrayList<>();
    private final List<Feed> feeds = new ArrayList<>();
    private final List<ExecutorService> executors = new ArrayList<>();
    private LiveSource source;
    private Feed feed;

    /** A clock that is set by hand, and one beside it that nobody can set. */
    private static final class SettableClock extends Clock {
        private volatile Instant now = START;
        private volatile long nanos;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        private void pass(Duration time) {
            now = now.plus(time);
            nanos += time.toNanos();
        }
    }

    private void start(History history) {
        ExecutorService background = Executors.newCachedThreadPool();
        executors.add(background);
        Unlogged unlogged = new Unlogged();
        source = new LiveSource(history.directory() == null, unlogged, background, clock, () -> clock.nanos);
        FeedReceiver receiver = (hub, events) -> events.forEach(event -> {
            if (event instanceof FeedEvent.Published published) {
                delivered.add(published.publication());
            }
        });
        feed = Feed.ofMessages(
                source, unlogged, history, new Collections(new RouteTable(List.of())), List.of(receiver), background);
        feeds.add(feed);
        feed.start();
    }

    private void startOnDisk() {
        start(History.in(directory));
    }

    private void stop() {
        feed.close();
        source.ended();
    }

    @AfterEach
    void close() {
        feeds.forEach(Feed::close);
        executors.forEach(ExecutorService::shutdownNow);
    }

    private static Message message(String text) {
        return Message.to(Address.broadcast(), "note", "{\"text\":\"" + text + "\"}");
    }

    private Receipt publish(Message message) {
        return publish(List.of(message)).get(0);
    }

    private List<Receipt> publish(List<Message> messages) {
        try {
            return source.publish(messages).get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Position position(Receipt receipt) {
        return Offset.parse(receipt.offset()).position();
    }

    private List<String> texts() {
        return delivered.stream()
                .map(publication -> publication.payload(0).toString())
                .map(json -> json.substring(json.indexOf("\"text\":\"") + 8, json.indexOf("\"}")))
                .toList();
    }

    private void awaitTexts(String... texts) {
        Eventually.await("the messages " + List.of(texts), () -> delivered.size() >= texts.length);
        assertThat(texts()).containsExactly(texts);
    }

    @Test
    void positionsAreTheMillisecondAndAPlaceInIt() {
        start(History.inMemory());
        clock.pass(Duration.ofMillis(1));
        List<Receipt> together = publish(List.of(message("a"), message("b"), message("c")));
        clock.pass(Duration.ofMillis(1));
        Receipt later = publish(message("d"));
        assertThat(together)
                .extracting(LiveSourceTest::position)
                .extracting(Position::major)
                .containsOnly(START.toEpochMilli() + 1);
        assertThat(together)
                .extracting(LiveSourceTest::position)
                .extracting(Position::minor)
                .containsExactly(3L, 5L, 7L);
        assertThat(position(later)).isEqualTo(new Position(START.toEpochMilli() + 2, 3));
        awaitTexts("a", "b", "c", "d");
        assertThat(delivered.get(0).payload(0))
                .hasToString("{\"type\":\"note\",\"channel\":\"broadcast\",\"id\":\"" + position(together.get(0))
                        + "\",\"content\":{\"text\":\"a\"},\"timestamp\":\"2026-01-02T03:04:05.679Z\","
                        + "\"source\":\"live\",\"offset\":\"" + together.get(0).offset() + "\"}");
    }

    @Test
    void positionsNeverGoBackWhenTheClockDoesAlsoOverARestart() {
        startOnDisk();
        clock.pass(Duration.ofSeconds(1));
        Receipt first = publish(message("a"));
        clock.pass(Duration.ofHours(-3));
        Receipt second = publish(message("b"));
        stop();
        clock.pass(Duration.ofHours(-1));
        startOnDisk();
        Receipt third = publish(message("c"));
        clock.pass(Duration.ofDays(1));
        Receipt fourth = publish(message("d"));
        assertThat(Stream.of(first, second, third, fourth).map(LiveSourceTest::position))
                .isSortedAccordingTo(Comparator.naturalOrder())
                .doesNotHaveDuplicates();
        assertThat(Stream.of(first, second, third, fourth)
                        .map(receipt -> Offset.parse(receipt.offset()).epoch()))
                .containsOnly(Offset.parse(first.offset()).epoch());
        assertThat(position(fourth).major()).isEqualTo(clock.millis());
    }

    @Test
    void anEpochIsTheLogsOwnAndInMemoryTheRunsOwn() throws IOException {
        startOnDisk();
        String onDisk = Offset.parse(publish(message("a")).offset()).epoch();
        stop();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(LiveSourceTest::delete);
        }
        startOnDisk();
        String anew = Offset.parse(publish(message("a")).offset()).epoch();
        stop();
        start(History.inMemory());
        String inMemory = Offset.parse(publish(message("a")).offset()).epoch();
        stop();
        start(History.inMemory());
        String again = Offset.parse(publish(message("a")).offset()).epoch();
        assertThat(List.of(onDisk, anew, inMemory, again)).doesNotHaveDuplicates();
        assertThat(Feed.isOfEarlierRun(inMemory, again)).isTrue();
        assertThat(Feed.isOfEarlierRun(onDisk, anew)).isFalse();
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRepeatedIdIsPublishedOnceAndAnsweredWithTheFirstOffset() {
        startOnDisk();
        Receipt first = publish(message("a").id("1"));
        Receipt again = publish(message("other").id("1"));
        List<Receipt> together = publish(
                List.of(message("b").id("2"), message("c").id("2"), message("d").id("1")));
        assertThat(first.repeated()).isFalse();
        assertThat(again).isEqualTo(new Receipt(first.offset(), true));
        assertThat(together).extracting(Receipt::repeated).containsExactly(false, true, true);
        assertThat(together.get(1).offset()).isEqualTo(together.get(0).offset());
        assertThat(together.get(2).offset()).isEqualTo(first.offset());
        awaitTexts("a", "b");
    }

    @Test
    void anIdIsKnownAfterARestartAndForgottenAfterTenMinutes() {
        startOnDisk();
        Receipt first = publish(message("a").id("1"));
        clock.pass(Duration.ofMinutes(5));
        publish(message("b").id("2"));
        // Who is told of a message may be behind who published it, and the stop would come between.
        awaitTexts("a", "b");
        stop();
        startOnDisk();
        // Nothing has been published since the start: the answer must not wait for somebody who does.
        assertThat(publish(message("a").id("1"))).isEqualTo(new Receipt(first.offset(), true));
        clock.pass(Duration.ofMinutes(5).plusMillis(1));
        assertThat(publish(message("a again").id("1")).repeated()).isFalse();
        assertThat(publish(message("b").id("2")).repeated()).isTrue();
        awaitTexts("a", "b", "a again");
    }

    @Test
    void theMemoryForIdsIsBounded() {
        RecentIds ids = new RecentIds(100);
        for (int i = 0; i < 1000; i++) {
            ids.add("id " + i, new Position(1, i), i);
        }
        assertThat(ids.size()).isEqualTo(100);
        assertThat(ids.find("id 999", 1000)).isEqualTo(new RecentIds.Known(new Position(1, 999)));
        assertThat(ids.find("id 0", 1000)).isNull();
        assertThat(ids.find("id 999", RecentIds.REMEMBERED.toNanos() + 1000)).isNull();
        assertThat(ids.size()).isZero();
    }

    @Test
    void ephemeralMessagesKeepTheirPlaceAndAreInNoLog() {
        startOnDisk();
        List<Message> messages = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Message next = message("m" + i);
            messages.add(i % 3 == 0 ? next : next.asEphemeral());
            texts.add("m" + i);
        }
        List<Receipt> receipts = new ArrayList<>();
        receipts.addAll(publish(messages.subList(0, 100)));
        messages.subList(100, 300).forEach(each -> source.publish(List.of(each)));
        awaitTexts(texts.toArray(String[]::new));
        assertThat(receipts.get(0).offset()).isNotNull();
        assertThat(receipts.get(1)).isEqualTo(new Receipt(null, false));
        String ephemeral = delivered.get(1).payload(0).toString();
        assertThat(ephemeral).contains("\"ephemeral\":true").doesNotContain("offset");
        stop();
        delivered.clear();
        startOnDisk();
        publish(message("end"));
        assertThat(logged())
                .hasSize(101)
                .noneMatch(text -> text.contains("\"m1\""))
                .anyMatch(text -> text.contains("\"m3\""));
    }

    @Test
    void aRepeatedEphemeralMessageComesOnce() {
        start(History.inMemory());
        publish(message("a").id("1").asEphemeral());
        assertThat(publish(message("a").id("1").asEphemeral())).isEqualTo(new Receipt(null, true));
        publish(message("b"));
        awaitTexts("a", "b");
    }

    private List<String> logged() {
        List<String> contents = new ArrayList<>();
        var reader = feed.hub().log().reader(feed.hub().log().floor());
        for (var chunk = reader.next(relation -> true); chunk != null; chunk = reader.next(relation -> true)) {
            chunk.forEach((minor, relation, operation, row, before) -> contents.add(row.text(MessageRow.CONTENT)));
        }
        return contents;
    }

    @Test
    void afterATornTailWhatWasAnsweredIsThereAndNewPositionsAreLater() throws IOException {
        startOnDisk();
        Receipt first = publish(message("a").id("1"));
        Receipt second = publish(message("b").id("2"));
        stop();
        Path segment;
        try (Stream<Path> files = Files.list(directory.resolve("live"))) {
            segment = files.filter(file -> file.toString().endsWith(".log"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
        // A crash in the middle of the next write.
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            file.position(file.size());
            file.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 0, 0, 1, 0, 1, 3, 0, 0}));
        }
        startOnDisk();
        Receipt third = publish(message("c"));
        assertThat(logged()).containsExactly("{\"text\":\"a\"}", "{\"text\":\"b\"}", "{\"text\":\"c\"}");
        assertThat(publish(message("b").id("2"))).isEqualTo(new Receipt(second.offset(), true));
        assertThat(position(third)).isGreaterThan(position(second));
        assertThat(position(second)).isGreaterThan(position(first));
    }

    @Test
    void concurrentPublishersShareTheDiskAndEachKeepsItsOrder() throws Exception {
        startOnDisk();
        int publishers = 8;
        int each = 200;
        ExecutorService threads = Executors.newFixedThreadPool(publishers);
        executors.add(threads);
        for (int p = 0; p < publishers; p++) {
            int publisher = p;
            threads.execute(() -> {
                for (int i = 0; i < each; i++) {
                    source.publish(List.of(message("p" + publisher + "-" + i)));
                }
            });
        }
        Eventually.await("all messages", Duration.ofSeconds(30), () -> delivered.size() == publishers * each);
        for (int p = 0; p < publishers; p++) {
            String prefix = "p" + p + "-";
            assertThat(texts().stream()
                            .filter(text -> text.startsWith(prefix))
                            .map(text -> Integer.parseInt(text.substring(prefix.length()))))
                    .hasSize(each)
                    .isSorted();
        }
    }

    @Test
    void whatCannotBeTakenIsRefusedAndCanBeTriedAgain() {
        start(History.inMemory());
        stop();
        assertThat(source.publish(List.of(message("late"))))
                .isCompletedExceptionally()
                .failsWithin(Duration.ofSeconds(1))
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withCauseInstanceOf(ChangecastException.class)
                .withMessageContaining("the server is going");
    }

    @Test
    void theQueueIsBounded() {
        // Not started: nobody takes anything.
        source = new LiveSource(true, new Unlogged(), Runnable::run, clock, () -> clock.nanos);
        Message large = Message.to(Address.broadcast(), "note", "\"" + "x".repeat(500_000) + "\"");
        int taken = 0;
        while (!source.publish(List.of(large)).isCompletedExceptionally()) {
            taken++;
        }
        assertThat(taken).isBetween(30, 34);
        try {
            source.publish(List.of(large)).join();
        } catch (CompletionException e) {
            assertThat(e).cause().isInstanceOfSatisfying(ChangecastException.class, busy -> {
                assertThat(busy.code()).isEqualTo(ErrorCode.BUSY);
                assertThat(busy).hasMessageContaining("requests with").hasMessageContaining("publish again");
            });
        }
        source.close();
    }
}
