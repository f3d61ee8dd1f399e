package dev.changecast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Whoever breaks a rule of {@link dev.changecast.api.source.ChangeSink} is told which. */
class RecordingSinkTest {
    private static final Relation KEYED = InMemoryOrigin.ITEMS;
    private static final Relation FULL = RelationBuilder.table("full")
            .key("id")
            .text("text")
            .old(OldRow.FULL)
            .build();
    private static final Relation WITHOUT =
            RelationBuilder.table("without").key("id").old(OldRow.NONE).build();
    private static final Row ROW = Row.of(1, "one");

    private static void open(RecordingSink sink) {
        sink.opened("e1", at(10, 0));
    }

    private static void begin(RecordingSink sink, long major) {
        room(sink);
        sink.begin("tx", new Position(major, 0), Instant.EPOCH);
    }

    private static void room(RecordingSink sink) {
        try {
            sink.awaitRoom(Duration.ofMillis(1));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void insert(RecordingSink sink, long minor) {
        sink.change(minor, KEYED, Operation.INSERT, ROW, null);
    }

    private static Checkpoint at(long major, long minor) {
        return Checkpoint.at(new Position(major, minor));
    }

    private static DynamicTest breaks(String rule, Consumer<RecordingSink> script) {
        return DynamicTest.dynamicTest(rule, () -> {
            RecordingSink sink = new RecordingSink();
            script.accept(sink);
            assertThat(sink.brokenRules()).anyMatch(broken -> broken.contains(rule));
        });
    }

    /** A transaction is open after the stream began at 10-0. */
    private static DynamicTest inside(String rule, Consumer<RecordingSink> script) {
        return breaks(rule, sink -> {
            open(sink);
            begin(sink, 20);
            script.accept(sink);
        });
    }

    private static DynamicTest changing(
            String rule, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
        return inside(rule, sink -> sink.change(2, relation, operation, after, before));
    }

    @TestFactory
    Stream<DynamicTest> ofTheOrder() {
        return Stream.of(
                breaks("before opened() or reset()", sink -> sink.progress(at(20, 0))),
                breaks("before opened() or reset()", sink -> begin(sink, 20)),
                breaks("before opened() or reset()", sink -> sink.fence("f")),
                breaks("twice in one run", sink -> {
                    open(sink);
                    sink.reset(ResetReason.SLOT_LOST, "e1", at(10, 0));
                }),
                breaks("an epoch is 1 to 40 letters", sink -> sink.opened("not-legal", at(0, 0))),
                breaks("another thread", sink -> {
                    open(sink);
                    Thread other = new Thread(() -> sink.fence("f"), "other");
                    other.start();
                    Eventually.await("its end", () -> !other.isAlive());
                }),
                inside("begins inside transaction", sink -> begin(sink, 30)),
                inside("progress to 30-0 inside", sink -> sink.progress(at(30, 0))),
                breaks("outside a transaction", sink -> {
                    open(sink);
                    insert(sink, 2);
                }),
                breaks("outside a transaction", sink -> {
                    open(sink);
                    sink.commit(at(20, 0));
                }),
                breaks("has no time", sink -> {
                    open(sink);
                    room(sink);
                    sink.begin(null, new Position(20, 0), absentTime());
                }),
                breaks("what for", sink -> sink.waiting(" ")));
    }

    @SuppressWarnings("NullAway")
    private static Instant absentTime() {
        return null;
    }

    @TestFactory
    Stream<DynamicTest> ofRoom() {
        return Stream.of(
                breaks("without having asked for room", sink -> {
                    open(sink);
                    sink.begin(null, new Position(20, 0), Instant.EPOCH);
                }),
                breaks("though there is no room", sink -> {
                    open(sink);
                    sink.open(false);
                    begin(sink, 20);
                }),
                inside("though there is no room", sink -> {
                    sink.open(false);
                    room(sink);
                    insert(sink, 2);
                }),
                inside("changes were given without asking", sink -> {
                    for (int i = 1; i < 3_000; i++) {
                        insert(sink, 2L * i);
                    }
                }),
                breaks("holds the source for too long", sink -> {
                    try {
                        sink.awaitRoom(Duration.ofMinutes(1));
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> ofPositions() {
        return Stream.of(
                inside("has to be at least 2", sink -> insert(sink, 1)),
                inside("has to be at least 4", sink -> {
                    insert(sink, 2);
                    insert(sink, 3);
                }),
                inside("is not above 20-2", sink -> {
                    insert(sink, 2);
                    sink.commit(at(20, 2));
                    begin(sink, 20);
                }),
                breaks("is before the checkpoint 10-0", sink -> {
                    open(sink);
                    begin(sink, 9);
                }),
                inside("is before its last change 20-2", sink -> {
                    insert(sink, 2);
                    sink.commit(at(20, 1));
                }),
                inside("goes back behind 30-0", sink -> {
                    sink.commit(at(30, 0));
                    sink.progress(at(29, 0));
                }),
                inside("is not above the checkpoint 30-0", sink -> {
                    sink.commit(at(30, 0));
                    begin(sink, 29);
                    insert(sink, 2);
                }));
    }

    @TestFactory
    Stream<DynamicTest> ofRows() {
        Row keyAlone = Row.of(1, Row.ABSENT);
        return Stream.of(
                changing("insert of public.items lacks the row", KEYED, Operation.INSERT, null, null),
                changing("insert of public.items has a row before", KEYED, Operation.INSERT, ROW, ROW),
                changing("delete of public.items has a row after", KEYED, Operation.DELETE, ROW, ROW),
                changing("truncate of public.items has a row before", KEYED, Operation.TRUNCATE, null, ROW),
                changing("has a row of 1 values", KEYED, Operation.INSERT, Row.of(1), null),
                changing("lacks the old row", KEYED, Operation.DELETE, null, null),
                changing("lacks the old value of id", KEYED, Operation.DELETE, null, Row.of(Row.ABSENT, "x")),
                changing("lacks the old row", FULL, Operation.UPDATE, ROW, null),
                changing("lacks the old value of text", FULL, Operation.UPDATE, ROW, keyAlone),
                changing("says that it tells none", WITHOUT, Operation.DELETE, null, Row.of(1)));
    }

    @Test
    void whoKeepsToTheRulesBreaksNone() {
        RecordingSink sink = new RecordingSink();
        sink.waiting("the database to start");
        open(sink);
        begin(sink, 20);
        insert(sink, 2);
        sink.change(6, KEYED, Operation.UPDATE, ROW, null);
        sink.change(8, KEYED, Operation.UPDATE, Row.of(2, Row.ABSENT), Row.of(1, Row.ABSENT));
        sink.fence("within");
        sink.change(10, FULL, Operation.DELETE, null, ROW);
        sink.change(12, WITHOUT, Operation.DELETE, null, null);
        sink.change(14, FULL, Operation.TRUNCATE, null, null);
        sink.commit(at(20, 14));
        sink.progress(at(25, 0));
        begin(sink, 25);
        insert(sink, 2);
        sink.commit(at(30, 0));
        assertThat(sink.brokenRules()).isEmpty();
        assertThat(sink.story())
                .startsWith(
                        "begin",
                        "insert public.items {\"id\":1,\"text\":\"one\"}",
                        "update public.items {\"id\":1,\"text\":\"one\"}",
                        "update public.items {\"id\":2} was {\"id\":1}");
    }

    @Test
    void aValueIsWrittenOnceAndALiteralIsJson() {
        assertThatThrownBy(() -> RecordedRow.of(row(to -> {}))).hasMessageContaining("written 0 times");
        assertThatThrownBy(() -> RecordedRow.of(row(to -> {
                    to.number(1);
                    to.nil();
                })))
                .hasMessageContaining("written 2 times");
        assertThatThrownBy(() -> RecordedRow.of(row(to -> to.literal("NaN")))).hasMessageContaining("NaN");
    }

    private static Row row(Consumer<ValueWriter> value) {
        return new Row() {
            @Override
            public int size() {
                return 1;
            }

            @Override
            public void write(int column, ValueWriter to) {
                value.accept(to);
            }
        };
    }
}
