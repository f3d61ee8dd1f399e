package dev.changecast.bench.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Debezium's embedded engine, in a process of its own. */
public final class Debezium {
    private Debezium() {}

    /** Starts it on a slot; it prints {@code rows: } and how many it has read for each so many. */
    public static ServerProcess start(
            Path home, Path directory, Postgres postgres, String slot, String publication, String table, int rows)
            throws IOException, Contestant.MissingException {
        return ServerProcess.start(
                "Debezium",
                directory,
                Map.of(),
                List.of(
                        Contestants.java().toString(),
                        "-cp",
                        Contestants.classPath(home, "debezium"),
                        "dev.changecast.bench.debezium.DebeziumReader",
                        Integer.toString(postgres.port()),
                        Postgres.DATABASE,
                        slot,
                        publication,
                        table,
                        Integer.toString(rows)));
    }
}
