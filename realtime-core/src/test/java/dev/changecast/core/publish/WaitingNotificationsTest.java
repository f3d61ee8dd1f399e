package dev.changecast.core.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.core.Address;
import dev.changecast.core.History;
import dev.changecast.core.Message;
import dev.changecast.core.Notifications;
import dev.changecast.core.Priority;
import dev.changecast.core.log.FeedLog;
import dev.changecast.core.log.LogEvents;
import dev.changecast.core.protocol.Offset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Notifications that nobody was sent yet: what is kept of them, for how long, and over restarts. */
class WaitingNotificationsTest {
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
    private static final Position END = new Position(Long.MAX_VALUE, 0);
    private static final String EPOCH = "lx";

    @TempDir
    private Path directory;

    private final SettableClock clock = new SettableClock();
    private Notifications settings = Notifications.DEFAULT;
    private FeedLog live;
    private WaitingNotifications waiting;
    private long place;

    private static final class SettableClock extends Clock {
        private Instant now = START;

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
    }

    private static final class Silent implements LogEvents {
        @Override
        public void appended() {}

        @Override
        public void durable(Checkpoint checkpoint) {}

        @Override
        public void blocked(String why) {}

        @Override
        public void unblocked() {}
    }

    private void open(Path at) {
        History history = History.in(at);
        live = FeedLog.open("live", history, new Silent());
        waiting = WaitingNotifications.open(history, settings, live, clock);
        if (live.end() == null) {
            live.restart(EPOCH, Checkpoint.at(new Position(10, 1)));
            place = 10;
        } else {
            place = live.end().checkpoint().position().major();
        }
    }

    private void open() {
        open(directory);
    }

    @AfterEach
    void close() {
        waiting.close();
        live.close();
    }

    private void openAgain() {
        close();
        open();
    }

    private static Message note(String text, String user) {
        return Message.to(Address.user(user), "notification", "\"" + text + "\"");
    }

    /** As the source of published messages does it. */
    private Position publish(Message message) {
        Position position = new Position(++place, 3);
        MessageRow row = new MessageRow(message);
        waiting.add(MessageRow.RELATION, row, new Offset(live.epoch(), position), clock.instant());
        log(row, position);
        return position;
    }

    private void log(MessageRow row, Position position) {
        live.begin(null, new Position(position.major(), 2), clock.instant());
        live.change(2, MessageRow.RELATION, Operation.INSERT, row, null);
        live.commit(Checkpoint.at(position));
    }

    private List<String> texts(String user) {
        return waiting.read(user, 0, END, Integer.MAX_VALUE).messages().stream()
                .map(message -> text(message.payload().toString()))
                .toList();
    }

    private static String text(String json) {
        String key = "\"content\":\"";
        int at = json.indexOf(key) + key.length();
        return json.substring(at, json.indexOf('"', at));
    }

    @Test
    void aNotificationWaitsForEachOfItsUsersUntilItWasSentToThem() {
        open();
        publish(new Message(
                List.of(Address.broadcast(), Address.user("ann"), Address.role("x"), Address.user("bob")),
                "notification",
                "\"both\"",
                null,
                false));
        Position anns = publish(note("hers", "ann"));
        assertThat(texts("ann")).containsExactly("both", "hers");
        assertThat(texts("bob")).containsExactly("both");
        assertThat(texts("carol")).isEmpty();
        assertThat(waiting.has("bob")).isTrue();
        waiting.delivered(
                "bob", waiting.read("bob", 0, END, 1).messages().get(0).number());
        waiting.delivered("ann", anns);
        assertThat(waiting.has("bob")).isFalse();
        assertThat(texts("ann")).containsExactly("both");
    }

    @Test
    void itIsAsItWasPublishedUnderTheUsersAddress() {
        open();
        Position position = publish(
                new Message(List.of(Address.role("x"), Address.user("ann")), "notification", "\"hello\"", "n-1", false)
                        .priority(Priority.HIGH));
        assertThat(waiting.read("ann", 0, END, 1).messages().get(0).payload())
                .hasToString("{\"type\":\"notification\",\"channel\":\"user:ann\",\"id\":\"n-1\",\"priority\":\"high\","
                        + "\"content\":\"hello\",\"timestamp\":\"2026-01-02T03:04:05.000Z\",\"source\":\"live\","
                        + "\"offset\":\"" + EPOCH + "." + position + "\"}");
    }

    @Test
    void otherMessagesDoNotWait() {
        open();
        publish(Message.to(Address.user("ann"), "data_update", "\"x\""));
        publish(Message.to(Address.broadcast(), "notification", "\"x\""));
        publish(Message.to(Address.role("user:ann"), "notification", "\"x\""));
        publish(Message.to(Address.room("ann"), "notification", "\"x\""));
        assertThat(waiting.size()).isZero();
    }

    @Test
    void whoIsAtAPlaceGetsWhatIsUpToThereAndTheRestByTheLog() {
        open();
        publish(note("a", "ann"));
        Position here = publish(note("b", "ann"));
        publish(note("c", "ann"));
        assertThat(waiting.read("ann", 0, here, Integer.MAX_VALUE).messages()).hasSize(2);
        assertThat(waiting.summary("ann", here)).isEqualTo(new WaitingNotifications.Summary(2, 0));
    }

    @Test
    void itIsReadInPartsThatLeaveNothingOut() {
        open();
        String large = "x".repeat(100_000);
        for (int i = 0; i < 5; i++) {
            publish(note(i + large, "ann"));
        }
        List<String> read = new ArrayList<>();
        long last = 0;
        boolean more = true;
        while (more) {
            WaitingNotifications.Batch batch = waiting.read("ann", last, END, 150_000);
            assertThat(batch.messages()).hasSizeLessThanOrEqualTo(2);
            batch.messages()
                    .forEach(message ->
                            read.add(text(message.payload().toString()).substring(0, 1)));
            last = batch.last();
            more = batch.more();
        }
        assertThat(read).containsExactly("0", "1", "2", "3", "4");
    }

    @Test
    void whatExpiresIsNotDelivered() {
        open();
        publish(note("short", "ann").ttl(Duration.ofMinutes(1)));
        publish(note("long", "ann").ttl(Duration.ofDays(300)));
        publish(note("usual", "ann"));
        clock.now = START.plus(Duration.ofMinutes(2));
        assertThat(texts("ann")).containsExactly("long", "usual");
        openAgain();
        assertThat(texts("ann")).containsExactly("long", "usual");
        // No message waits for longer than notifications are kept.
        clock.now = START.plus(Duration.ofDays(7)).plusSeconds(1);
        assertThat(texts("ann")).isEmpty();
        assertThat(waiting.has("ann")).isFalse();
    }

    @Test
    void ofTooManyForOneUserTheOldestOfTheLowestPriorityGoAndTheyAreCounted() {
        settings = Notifications.DEFAULT.perUser(3);
        open();
        publish(note("high", "ann").priority(Priority.HIGH));
        publish(note("low 1", "ann").priority(Priority.LOW));
        publish(note("low 2", "ann").priority(Priority.LOW));
        publish(note("normal", "ann"));
        publish(note("normal 2", "ann"));
        assertThat(texts("ann")).containsExactly("high", "normal", "normal 2");
        assertThat(waiting.summary("ann", END)).isEqualTo(new WaitingNotifications.Summary(3, 2));
        openAgain();
        assertThat(texts("ann")).containsExactly("high", "normal", "normal 2");
        assertThat(waiting.summary("ann", END).dropped()).isEqualTo(2);
    }

    @Test
    void whatWaitsAndWhatWasDeliveredIsKnownAfterARestart() {
        open();
        Position a = publish(note("a", "ann"));
        publish(note("b", "ann"));
        publish(note("c", "bob"));
        waiting.delivered("ann", a);
        openAgain();
        assertThat(texts("ann")).containsExactly("b");
        assertThat(texts("bob")).containsExactly("c");
        publish(note("d", "ann"));
        assertThat(texts("ann")).containsExactly("b", "d");
        openAgain();
        assertThat(texts("ann")).containsExactly("b", "d");
    }

    /** What a killed process leaves: the files as they are, without anything that is done when it closes. */
    private Path killed(String name) throws IOException {
        Path copy = directory.resolveSibling(directory.getFileName() + name);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                Path to = copy.resolve(directory.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(to);
                } else if (!file.getFileName().toString().endsWith("lock")) {
                    Files.copy(file, to);
                }
            }
        }
        return copy;
    }

    private void awaitOnDisk(String store, String text) {
        dev.changecast.testing.Eventually.await("'" + text + "' to be on disk", () -> {
            try {
                return isOnDisk(directory.resolve(store), text);
            } catch (NoSuchFileException e) {
                // A new file has got its name since it was listed: look again.
                return false;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static boolean isOnDisk(Path store, String text) throws IOException {
        try (Stream<Path> files = Files.walk(store)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
                    return true;
                }
            }
            return false;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Test
    void afterACrashWhatWasPublishedWaitsAlsoWhereTheLogAloneHasIt() throws IOException {
        open();
        publish(note("first", "ann"));
        // The second one is in the log of published messages, and did not get into the store.
        log(new MessageRow(note("second", "ann")), new Position(++place, 3));
        log(new MessageRow(Message.to(Address.broadcast(), "other", "\"third\"")), new Position(++place, 3));
        awaitOnDisk("live", "third");
        awaitOnDisk("live.waiting", "first");
        Path copy = killed("-after");
        close();
        open(copy);
        assertThat(texts("ann")).containsExactly("first", "second");
        close();
        open(copy);
        assertThat(texts("ann")).containsExactly("first", "second");
    }

    @Test
    void whatACrashTookFromTheLogWasPublishedToNobody() throws IOException {
        open();
        publish(note("kept", "ann"));
        MessageRow lost = new MessageRow(note("lost", "ann"));
        waiting.add(MessageRow.RELATION, lost, new Offset(live.epoch(), new Position(place + 1, 3)), clock.instant());
        awaitOnDisk("live", "kept");
        awaitOnDisk("live.waiting", "lost");
        Path copy = killed("-lost");
        close();
        open(copy);
        assertThat(texts("ann")).containsExactly("kept");
    }

    @Test
    void whatACrashTookAndWasPublishedAgainWaitsOnceAfterTheNextCrashToo() throws IOException {
        open();
        publish(note("kept", "ann"));
        MessageRow lost = new MessageRow(note("lost", "ann"));
        waiting.add(MessageRow.RELATION, lost, new Offset(live.epoch(), new Position(place + 1, 3)), clock.instant());
        awaitOnDisk("live", "kept");
        awaitOnDisk("live.waiting", "lost");
        Path first = killed("-first");
        close();
        directory = first;
        open();
        // The log has grown past it when the process is killed again.
        publish(note("other", "ann"));
        publish(note("lost", "ann"));
        awaitOnDisk("live", "lost");
        Path second = killed("-second");
        close();
        directory = second;
        open();
        assertThat(texts("ann")).containsExactly("kept", "other", "lost");
    }

    @Test
    void marksThatACrashTakesAreMadeAgain() throws IOException {
        open();
        Position a = publish(note("a", "ann"));
        awaitOnDisk("live", "\"a\"");
        awaitOnDisk("live.waiting", "\"a\"");
        waiting.delivered("ann", a);
        Path before = killed("-before");
        waiting.flush();
        awaitOnDisk("live.waiting", "delivered");
        Path after = killed("-marked");
        close();
        open(before);
        assertThat(texts("ann")).containsExactly("a");
        close();
        open(after);
        assertThat(texts("ann")).isEmpty();
    }

    @Test
    void withAnotherHistoryOfMessagesWhatWaitedWaits() throws IOException {
        open();
        publish(note("a", "ann"));
        close();
        try (Stream<Path> files = Files.list(directory.resolve("live"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        open();
        publish(note("b", "ann"));
        // All of the earlier one is before the first place of this one.
        assertThat(waiting.read("ann", 0, new Position(1, 1), Integer.MAX_VALUE).messages())
                .hasSize(1);
        assertThat(texts("ann")).containsExactly("a", "b");
    }

    @Test
    void withoutADirectoryTheyWaitInMemory() {
        live = FeedLog.open("live", History.inMemory(), new Silent());
        waiting = WaitingNotifications.open(History.inMemory(), settings, live, clock);
        live.restart(EPOCH, Checkpoint.at(new Position(10, 1)));
        place = 10;
        publish(note("a", "ann"));
        assertThat(texts("ann")).containsExactly("a");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void whatNoLongerFitsOnTheDiskIsLeftOut() {
        settings = Notifications.DEFAULT.bytes(1024 * 1024).perUser(10_000);
        open();
        String large = "x".repeat(50_000);
        for (int i = 0; i < 100; i++) {
            publish(note(i + large, "ann"));
        }
        dev.changecast.testing.Eventually.await(
                "old ones to go", () -> texts("ann").size() < 60);
        openAgain();
        List<String> left = texts("ann");
        assertThat(left).isNotEmpty();
        assertThat(left.get(left.size() - 1)).startsWith("99");
        assertThat(waiting.size()).isEqualTo(left.size());
    }
}
