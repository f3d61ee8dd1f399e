package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.SourceMessage;
import dev.changecast.testing.RecordingSink;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PgOutputDecoderTest {
    private static final int INT4 = 23;
    private static final int TEXT = 25;

    private final RecordingSink sink = new RecordingSink();
    private final List<String> heartbeats = new ArrayList<>();
    private final TransactionIds transactionIds = new TransactionIds();
    private int roomAsked;
    private PgOutputDecoder decoder;

    PgOutputDecoderTest() {
        TypeCatalog types = new TypeCatalog(
                asked -> List.of(
                        new TypeCatalog.Entry(INT4, "int4", "b", ',', 0, 0),
                        new TypeCatalog.Entry(TEXT, "text", "b", ',', 0, 0)),
                false);
        decoder = new PgOutputDecoder(
                sink,
                new RelationCache(types, oid -> Set.of("id"), (schema, table) -> !table.equals("unwanted")),
                transactionIds,
                new PgOutputDecoder.Surroundings() {
                    @Override
                    public void awaitRoom() {
                        roomAsked++;
                    }

                    @Override
                    public void heartbeat(String id) {
                        heartbeats.add(id);
                    }
                },
                true,
                1,
                null);
    }

    @BeforeEach
    void tellRelations() throws Exception {
        transactionIds.nextIs(0x1_0000_0010L);
        relation(1, "t", 'd');
        relation(2, "unwanted", 'd');
        relation(3, "f", 'f');
    }

    @Test
    void everyRowTruncateAndTransactionalMessageTakesTwoPlaces() throws Exception {
        begin(500, 7);
        send('I', out -> row(out, 2, "1", "a"));
        send('M', out -> message(out, true, "other", "x"));
        send('M', out -> message(out, false, "other", "x"));
        send('T', out -> {
            out.writeInt(2);
            out.writeByte(0);
            out.writeInt(2);
            out.writeInt(1);
        });
        send('I', out -> row(out, 1, "1", "a"));
        commit(500, 600);
        assertThat(sink.changes().stream().map(RecordingSink.Event::position))
                .containsExactly(new Position(500, 8), new Position(500, 10));
        assertThat(sink.awaitKind("begin").position()).isEqualTo(new Position(500, 1));
        assertThat(sink.awaitKind("commit").position()).isEqualTo(new Position(600, 0));
    }

    @Test
    void aTransactionOfNothingThatIsWantedIsNotToldButItsEndIsKnown() throws Exception {
        begin(500, 7);
        assertThat(decoder.inTransaction()).isTrue();
        send('I', out -> row(out, 2, "1", "a"));
        send('M', out -> message(out, true, "changecast.heartbeat", "h1"));
        send('M', out -> message(out, true, "changecast.fence", "f1"));
        commit(500, 600);
        assertThat(sink.events()).singleElement().satisfies(event -> {
            assertThat(event.kind()).isEqualTo("fence");
            assertThat(event.text()).isEqualTo("f1");
        });
        assertThat(heartbeats).containsExactly("h1");
        assertThat(decoder.inTransaction()).isFalse();
        assertThat(decoder.end()).isEqualTo(600);
        assertThat(decoder.toldEnd()).isZero();
    }

    @Test
    void aMessageForPeopleIsAnInsertAtItsPlaceAmongTheRows() throws Exception {
        begin(500, 7);
        send('I', out -> row(out, 1, "1", "a"));
        send('M', out -> message(out, true, "changecast.message", "{}"));
        send('I', out -> row(out, 1, "2", "b"));
        commit(500, 600);
        assertThat(sink.changes()).hasSize(3);
        assertThat(sink.changes().get(1).relation()).isEqualTo(SourceMessage.RELATION);
        assertThat(sink.changes().get(1).position()).isEqualTo(new Position(500, 4));
        assertThat(sink.changes().get(1).after()).contains("{}");
    }

    @Test
    void aMessageOutsideTransactionsIsATransactionBetweenTheCommitsAroundIt() throws Exception {
        begin(500, 7);
        send('I', out -> row(out, 1, "1", "a"));
        commit(500, 600);
        // Its record begins where that of the commit ended, and ends where that of the next commit begins.
        send('M', out -> message(out, false, 700, "changecast.message", "{}"));
        begin(700, 8);
        send('I', out -> row(out, 1, "2", "b"));
        commit(700, 800);
        assertThat(sink.story()).hasSize(9);
        List<Position> places =
                sink.events().stream().map(RecordingSink.Event::position).toList();
        assertThat(places).isSorted().doesNotHaveDuplicates();
        assertThat(sink.changes().get(1).position()).isEqualTo(new Position(699, 2));
        assertThat(decoder.inTransaction()).isFalse();
    }

    @Test
    void afterAMessageOutsideTransactionsItsEndIsWhatWasTold() throws Exception {
        send('M', out -> message(out, false, 700, "changecast.message", "{}"));
        assertThat(decoder.end()).isEqualTo(700);
        assertThat(decoder.toldEnd()).isEqualTo(700);
        assertThat(roomAsked).isEqualTo(1);
    }

    @Test
    void aMessageThatIsTooLargeIsLeftOutAndTakesItsPlace() throws Exception {
        begin(500, 7);
        send('M', out -> message(out, true, "changecast.message", "x".repeat(600_000)));
        send('I', out -> row(out, 1, "2", "b"));
        commit(500, 600);
        assertThat(sink.changes()).hasSize(1);
        assertThat(sink.changes().get(0).position()).isEqualTo(new Position(500, 4));
    }

    @Test
    void transactionIdsAreWidenedOverTheWrap() throws Exception {
        for (int xid : new int[] {0x0f, 0xfffffff0}) {
            begin(500, xid);
            send('I', out -> row(out, 1, "1", "a"));
            commit(500, 600);
        }
        assertThat(sink.events().stream()
                        .filter(event -> event.kind().equals("begin"))
                        .map(RecordingSink.Event::text))
                .containsExactly(Long.toString(0x1_0000_000fL), Long.toString(0xffff_fff0L));
    }

    @Test
    void whatIsNotPartOfAKeyIsAbsentNotNull() throws Exception {
        begin(500, 7);
        send('D', out -> {
            out.writeInt(1);
            out.writeByte('K');
            values(out, "1", null);
        });
        commit(500, 600);
        assertThat(sink.changes().get(0).before()).isEqualTo("{\"id\":1}");
    }

    @Test
    void aFullOldRowFillsWhatWasNotSentAgain() throws Exception {
        begin(500, 7);
        send('U', out -> {
            out.writeInt(3);
            out.writeByte('O');
            values(out, "1", "big");
            out.writeByte('N');
            values(out, "2", "(unchanged)");
        });
        commit(500, 600);
        assertThat(sink.changes().get(0).after()).isEqualTo("{\"id\":2,\"v\":\"big\"}");
    }

    @Test
    void itAsksForRoomBeforeATransactionAndEveryFewHundredRows() throws Exception {
        begin(500, 7);
        assertThat(roomAsked).isZero();
        for (int i = 0; i < 1000; i++) {
            send('I', out -> row(out, 1, "1", "a"));
        }
        assertThat(roomAsked).isEqualTo(1 + 3);
    }

    @Test
    void aRowOfARelationThatWasNotToldIsAFault() {
        begin(500, 7);
        assertThatThrownBy(() -> send('I', out -> row(out, 99, "1", "a")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("99");
        assertThatThrownBy(() -> send('?', out -> {})).hasMessageContaining("unknown kind '?'");
    }

    private interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    private void send(char kind, Body body) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        // The driver's buffer begins behind a header.
        out.writeInt(0);
        out.writeByte(kind);
        body.write(out);
        decoder.decode(ByteBuffer.wrap(bytes.toByteArray()).position(4).slice());
    }

    private void begin(long lsn, int xid) {
        try {
            send('B', out -> {
                out.writeLong(lsn);
                out.writeLong(0);
                out.writeInt(xid);
            });
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void commit(long lsn, long end) throws Exception {
        send('C', out -> {
            out.writeByte(0);
            out.writeLong(lsn);
            out.writeLong(end);
            out.writeLong(0);
        });
    }

    private void relation(int id, String name, char identity) throws Exception {
        send('R', out -> {
            out.writeInt(id);
            string(out, "public");
            string(out, name);
            out.writeByte(identity);
            out.writeShort(2);
            out.writeByte(1);
            string(out, "id");
            out.writeInt(INT4);
            out.writeInt(-1);
            out.writeByte(identity == 'f' ? 1 : 0);
            string(out, "v");
            out.writeInt(TEXT);
            out.writeInt(-1);
        });
    }

    private static void row(DataOutputStream out, int relation, String... values) throws IOException {
        out.writeInt(relation);
        out.writeByte('N');
        values(out, values);
    }

    private static void values(DataOutputStream out, @Nullable String... values) throws IOException {
        out.writeShort(values.length);
        for (String value : values) {
            if (value == null) {
                out.writeByte('n');
            } else if (value.equals("(unchanged)")) {
                out.writeByte('u');
            } else {
                byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                out.writeByte('t');
                out.writeInt(bytes.length);
                out.write(bytes);
            }
        }
    }

    private static void message(DataOutputStream out, boolean transactional, String prefix, String content)
            throws IOException {
        message(out, transactional, 0, prefix, content);
    }

    private static void message(DataOutputStream out, boolean transactional, long lsn, String prefix, String content)
            throws IOException {
        out.writeByte(transactional ? 1 : 0);
        out.writeLong(lsn);
        string(out, prefix);
        out.writeInt(content.length());
        out.write(content.getBytes(StandardCharsets.UTF_8));
    }

    private static void string(DataOutputStream out, String text) {
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.writeByte(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
