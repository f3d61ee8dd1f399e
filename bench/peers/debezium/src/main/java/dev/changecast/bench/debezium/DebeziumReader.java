package dev.changecast.bench.debezium;

import io.debezium.embedded.Connect;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Reads a slot with Debezium's embedded engine and its defaults, in the form that costs it least (no serialisation), and
 * prints a line for each so many rows. Arguments: port, database, slot, publication, table, number of rows.
 */
final class DebeziumReader {
    private static int rows;
    private static int wanted;

    private DebeziumReader() {}

    public static void main(String[] arguments) {
        int every = Integer.parseInt(arguments[5]);
        wanted = every;
        Properties properties = new Properties();
        properties.setProperty("name", "bench");
        properties.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        properties.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        properties.setProperty("topic.prefix", "bench");
        properties.setProperty("database.hostname", "127.0.0.1");
        properties.setProperty("database.port", arguments[0]);
        properties.setProperty("database.user", "postgres");
        properties.setProperty("database.password", "");
        properties.setProperty("database.dbname", arguments[1]);
        properties.setProperty("plugin.name", "pgoutput");
        properties.setProperty("slot.name", arguments[2]);
        properties.setProperty("publication.name", arguments[3]);
        properties.setProperty("publication.autocreate.mode", "disabled");
        properties.setProperty("table.include.list", arguments[4]);
        properties.setProperty("snapshot.mode", "no_data");
        DebeziumEngine<ChangeEvent<SourceRecord, SourceRecord>> engine = DebeziumEngine.create(Connect.class)
                .using(properties)
                .using((success, message, error) -> {
                    System.out.println("ended: " + message);
                    if (error != null) {
                        error.printStackTrace();
                    }
                })
                .notifying((records, committer) -> count(records, committer, every))
                .build();
        engine.run();
    }

    private static void count(
            List<ChangeEvent<SourceRecord, SourceRecord>> records,
            RecordCommitter<ChangeEvent<SourceRecord, SourceRecord>> committer,
            int every)
            throws InterruptedException {
        for (ChangeEvent<SourceRecord, SourceRecord> record : records) {
            if (record.value() != null && record.value().valueSchema().field("after") != null) {
                rows++;
            }
            committer.markProcessed(record);
        }
        committer.markBatchFinished();
        if (rows >= wanted) {
            wanted += every;
            System.out.println("rows: " + rows);
        }
    }
}
