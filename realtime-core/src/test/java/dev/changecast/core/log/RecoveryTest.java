package dev.changecast.core.log;

import static dev.changecast.core.log.Samples.ORDERS;
import static dev.changecast.core.log.Samples.TIME;
import static dev.changecast.core.log.Samples.USERS;
import static dev.changecast.core.log.Samples.at;
import static dev.changecast.core.log.Samples.read;
import static dev.changecast.core.log.Samples.text;
import static dev.changecast.core.log.Samples.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.StartPoint;
import dev.changecast.core.History;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a log holds after whatever end the last run had. */
class RecoveryTest {
    @TempDir
    Path root;

    private Path directory;

    @BeforeEach
    void directory() {
        directory = root.resolve("pg");
    }

    private FeedLog open() {
        return FeedLog.open("pg", History.in(root).bytes(8 * 1024 * 1024), new Events());
    }

    private List<Path> files(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    private Path newest() throws IOException {
        List<Path> segments = files(".log");
        return segments.get(segments.size() - 1);
    }

    @Test
    void aGapInTheEpochIsKnownUntilTheNextEpoch() {
        try (FeedLog log = open()) {
            log.restart("e1", at(0, 0));
            write(log, 1, USERS, "ann");
            assertThat(log.gapEnd()).isEqualTo(Position.ZERO);
            log.restart("e1", at(50, 0));
            assertThat(log.gapEnd()).isEqualTo(new Position(50, 0));
            write(log, 51, USERS, "bob");
        }
        try (FeedLog log = open()) {
            assertThat(log.gapEnd()).isEqualTo(new Position(50, 0));
            log.restart("e2", at(60, 0));
            assertThat(log.gapEnd()).isEqualTo(Position.ZERO);
        }
    }

    @Test
    void everythingIsThereAgain() {
        List<String> written;
        try (FeedLog log = open()) {
            log.restart("e1", at(0, 0));
            write(log, 1, USERS, "ann", "bob");
            write(log, 2, ORDERS, text(100_000), "book");
            log.fence("f");
            log.progress(new Checkpoint(new Position(7, 0), "token"));
            written = read(log, Position.ZERO);
        }
        try (FeedLog log = open()) {
            assertThat(log.end()).isEqualTo(new StartPoint("e1", new Checkpoint(new Position(7, 0), "token")));
            assertThat(log.head()).isEqualTo(new Position(7, 0));
            assertThat(log.floor()).isEqualTo(Position.ZERO);
            assertThat(read(log, Position.ZERO)).isEqualTo(written).hasSize(9);
            write(log, 2, ORDERS, text(100_000), "book");
            write(log, 8, USERS, "eve");
            assertThat(read(log, new Position(2, 5))).containsExactly("fence f", "begin tx8", "8-2 eve", "commit 8-3");
        }
    }

    @Test
    void aFreshDirectoryHasNoEnd() {
        try (FeedLog log = open()) {
            assertThat(log.end()).isNull();
        }
    }

    private void assertHolds(List<String> expected) {
        try (FeedLog log = open()) {
            assertThat(read(log, Position.ZERO)).isEqualTo(expected);
        }
    }

    @Test
    void anIncompleteTransactionIsCutThroughAllItsSegments() throws IOException {
        try (FeedLog log = open()) {
            log.restart("e1", at(0, 0));
            write(log, 1, USERS, "ann");
            log.begin("tx2", new Position(2, 0), TIME);
            for (int i = 1; i <= 30; i++) {
                log.change(2 * i, ORDERS, Operation.INSERT, Row.of(i, text(100_000), null), null);
            }
        }
        assertThat(files(".log")).hasSizeGreaterThan(2);
        try (FeedLog log = open()) {
            assertThat(log.end()).isEqualTo(new StartPoint("e1", at(1, 3)));
            assertThat(read(log, Position.ZERO)).containsExactly("begin tx1", "1-2 ann", "commit 1-3");
            assertThat(files(".log")).hasSize(1);
            write(log, 2, ORDERS, "book");
        }
        assertHolds(List.of("begin tx1", "1-2 ann", "commit 1-3", "begin tx2", "2-2 book", "commit 2-3"));
    }

    @Test
    void anIncompleteTransactionLargerThanTheLogLeavesItsBeginning() throws IOException {
        FeedLog first = open();
        first.restart("e1", at(0, 0));
        write(first, 1, USERS, "ann");
        first.begin("tx2", new Position(2, 0), TIME);
        for (int i = 1; i <= 200; i++) {
            first.change(2 * i, ORDERS, Operation.INSERT, Row.of(i, text(100_000), null), null);
        }
        first.close();
        assertThat(first.floor().major()).isEqualTo(2);
        try (FeedLog log = open()) {
            assertThat(log.end()).isEqualTo(new StartPoint("e1", at(1, 3)));
            assertThat(log.floor()).isEqualTo(new Position(1, 3));
            assertThat(read(log, new Position(1, 3))).isEmpty();
            write(log, 2, ORDERS, "book");
        }
        try (FeedLog log = open()) {
            assertThat(read(log, new Position(1, 3))).containsExactly("begin tx2", "2-2 book", "commit 2-3");
        }
    }

    private List<String> writeSegments() {
        try (FeedLog log = open()) {
            log.restart("e1", at(0, 0));
            for (int major = 1; major <= 80; major++) {
                write(log, major, major % 2 == 0 ? USERS : ORDERS, text(50_000), "n" + major);
            }
            return read(log, Position.ZERO);
        }
    }

    @Test
    void withoutItsIndexASegmentIsScanned() throws IOException {
        List<String> written = writeSegments();
        assertThat(files(".index")).isNotEmpty();
        for (Path index : files(".index")) {
            byte[] bytes = Files.readAllBytes(index);
            bytes[bytes.length / 2] ^= 1;
            Files.write(index, bytes);
        }
        try (FeedLog log = open()) {
            assertThat(read(log, Position.ZERO)).isEqualTo(written);
        }
        for (Path index : files(".index")) {
            Files.delete(index);
        }
        try (FeedLog log = open()) {
            assertThat(read(log, Position.ZERO)).isEqualTo(written);
        }
    }

    @Test
    void behindAGapNothingIsUsed() throws IOException {
        writeSegments();
        List<Path> segments = files(".log");
        assertThat(segments).hasSizeGreaterThan(2);
        Files.delete(segments.get(segments.size() - 2));
        try (FeedLog log = open()) {
            assertThat(files(".log")).containsExactly(segments.get(segments.size() - 1));
            assertThat(log.floor()).isGreaterThan(Position.ZERO);
            assertThatThrownBy(() -> log.reader(Position.ZERO)).isInstanceOf(PositionEvicted.class);
            assertThat(read(log, log.floor())).isNotEmpty().last().isEqualTo("commit 80-5");
        }
    }

    @Test
    void damageFoundWhileReadingIsToldAndRaisesTheFloor() throws IOException {
        writeSegments();
        Path oldest = files(".log").get(0);
        byte[] bytes = Files.readAllBytes(oldest);
        bytes[bytes.length / 2] ^= 1;
        Files.write(oldest, bytes);
        try (FeedLog log = open()) {
            LogReader reader = log.reader(Position.ZERO);
            assertThatThrownBy(() -> read(reader, Interest.ALL)).isInstanceOf(PositionEvicted.class);
            assertThat(log.floor()).isEqualTo(new Position(80, 5));
            write(log, 81, USERS, "eve");
            assertThat(read(log, log.floor())).containsExactly("begin tx81", "81-2 eve", "commit 81-3");
        }
    }

    @Test
    void aRestartThatWasInterruptedLeavesTheOldOrTheNew() throws IOException {
        List<String> written = writeSegments();
        Files.write(directory.resolve("00000000000000000999.new"), new byte[10]);
        try (FeedLog log = open()) {
            assertThat(read(log, Position.ZERO)).isEqualTo(written);
            assertThat(files(".new")).isEmpty();
        }
        Path kept = root.resolve("kept");
        Files.createDirectories(kept);
        for (Path segment : files("")) {
            Files.copy(segment, kept.resolve(segment.getFileName()));
        }
        try (FeedLog log = open()) {
            log.restart("e1", at(80, 5));
        }
        assertThat(files(".log")).hasSize(1);
        for (Path segment : list(kept)) {
            if (!Files.exists(directory.resolve(segment.getFileName()))) {
                Files.copy(segment, directory.resolve(segment.getFileName()));
            }
        }
        try (FeedLog log = open()) {
            assertThat(log.end()).isEqualTo(new StartPoint("e1", at(80, 5)));
            assertThat(log.floor()).isEqualTo(new Position(80, 5));
            assertThat(files(".log")).hasSize(1);
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void aDirectoryIsUsedByOneLogAtATime() {
        try (FeedLog log = open()) {
            assertThatThrownBy(this::open)
                    .isInstanceOfSatisfying(
                            ChangecastException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LOG_UNUSABLE))
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining("in use by another engine");
            assertThat(log.end()).isNull();
        }
        open().close();
    }

    @Test
    void anUnknownVersionIsLeftAlone() throws IOException {
        try (FeedLog log = open()) {
            log.restart("e1", at(0, 0));
        }
        byte[] bytes = Files.readAllBytes(newest());
        bytes[11] = 9;
        for (int i = 16; i < 20; i++) {
            bytes[i] = 0;
        }
        int checksum = Frames.checksum(bytes, 0, bytes.length);
        for (int i = 0; i < 4; i++) {
            bytes[16 + i] = (byte) (checksum >>> 24 - 8 * i);
        }
        Files.write(newest(), bytes);
        assertThatThrownBy(this::open)
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("has version 9")
                .hasMessageContaining("knows version 3");
        assertThat(files(".log")).hasSize(1);
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws IOException {
        Files.writeString(root.resolve("pg"), "a file");
        assertThatThrownBy(this::open)
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("history.directory must be a directory");
    }

    @Test
    void aReaderWhoseThreadIsInterruptedHarmsNobody() {
        List<String> written = writeSegments();
        try (FeedLog log = open()) {
            LogReader other = log.reader(Position.ZERO);
            other.next(Interest.ALL);
            Thread.currentThread().interrupt();
            assertThat(read(log, Position.ZERO)).isEqualTo(written);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(read(other, Interest.ALL)).hasSize(written.size() - 4);
            write(log, 81, USERS, "eve");
        }
        try (FeedLog log = open()) {
            assertThat(log.head()).isEqualTo(new Position(81, 3));
        }
    }
}
