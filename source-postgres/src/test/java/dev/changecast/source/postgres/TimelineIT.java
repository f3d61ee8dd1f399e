package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.RecordingSink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that becomes a standby and is promoted: history goes on in a new timeline. */
class TimelineIT {
    @TempDir
    private Path directory;

    private TestServer start() {
        return TestServer.start(
                builder -> builder.setDataDirectory(directory.resolve("data")).setCleanDataDirectory(false));
    }

    @Test
    void aPromotedServerGoesOnInTheEpochUnlessItLacksWhatWasDelivered() throws Exception {
        StartPoint end;
        String name;
        try (TestServer primary = start()) {
            TestDatabase database = primary.database();
            name = database.name();
            database.execute("CREATE TABLE t (id int PRIMARY KEY)");
            RunningSource running = RunningSource.start(database.source());
            database.execute("INSERT INTO t VALUES (1)");
            running.sink.awaitKind("commit");
            running.close();
            end = running.end();
        }
        Files.createFile(directory.resolve("data").resolve("standby.signal"));
        try (TestServer server = start()) {
            TestDatabase database = new TestDatabase(server, name);
            boolean decodes =
                    Integer.parseInt(database.query("SHOW server_version_num").get(0)) >= 160000;
            assertThat(database.query("SELECT pg_is_in_recovery()")).containsExactly("t");
            end = onTheStandby(database, end, decodes);
            database.execute("SELECT pg_promote()");
            TestServer.await(
                    "promotion",
                    () -> database.query("SELECT pg_is_in_recovery()").equals(List.of("f")));
            database.execute("CHECKPOINT", "INSERT INTO t VALUES (2)");

            try (RunningSource running =
                    RunningSource.start(database.source(), end).acknowledging(false)) {
                running.sink.await(event -> event.toString().equals("insert public.t {\"id\":2}"));
                // What the slot had not confirmed was compared with what was delivered before the promotion.
                assertThat(running.sink.events().stream().map(RecordingSink.Event::kind))
                        .contains("opened")
                        .doesNotContain("reset");
                assertThat(running.sink.epoch()).isEqualTo(end.epoch());
                assertThat(running.sink.last().token()).startsWith("2/");
            }
            long switched = 40L << 20;
            StartPoint ahead = new StartPoint(
                    end.epoch(),
                    new Checkpoint(new Position(end.checkpoint().position().major() + switched, 0), "1"));
            try (RunningSource running = RunningSource.start(database.source(), ahead)) {
                assertThat(running.sink.awaitKind("reset").text()).isEqualTo("EPOCH_CHANGED");
                assertThat(running.sink.epoch()).endsWith("_2").isNotEqualTo(end.epoch());
            }
        }
    }

    private static StartPoint onTheStandby(TestDatabase database, StartPoint end, boolean decodes) {
        try (PostgresSource source = database.source().build()) {
            if (!decodes) {
                assertThat(source.check().problems())
                        .anyMatch(problem -> problem.contains("capture from a standby needs PostgreSQL 16"));
                return end;
            }
            assertThat(source.check().problems()).isEmpty();
            assertThat(source.check().warnings()).anyMatch(text -> text.contains("no heartbeats, and no snapshots"));
        }
        RunningSource standby = RunningSource.start(database.source(), end);
        try (RunningSource running = standby) {
            SnapshotQuery query = new SnapshotQuery(running.source.relations().get(0), Filter.ALL, List.of(), 0);
            assertThatThrownBy(() -> running.source.snapshots().orElseThrow().open(query))
                    .hasMessageContaining("leads to a standby");
            assertThat(running.hasEnded()).isFalse();
        }
        return standby.end();
    }
}
